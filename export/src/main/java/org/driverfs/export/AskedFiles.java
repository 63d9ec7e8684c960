package org.driverfs.export;

import java.util.List;
import org.driverfs.model.Operation;
import org.driverfs.model.Operation.Kind;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// Files that the code of a driver or module is asked for. If that fails there are none, and the
/// gate has told the log: the other files of the object are there all the same.
///
/// @param files what asks
/// @param way into the code
record AskedFiles<T>(FileSet<T> files, AttributeFiles.Way<? super T> way) implements FileSet<T> {
  private static final Operation LIST = new Operation(Kind.LIST);

  @Override
  public List<? extends Entry<? super T>> list(T object) {
    try {
      return way.ask(object, LIST, () -> files.list(object));
    } catch (Exception _) {
      return List.of();
    }
  }

  @Override
  public @Nullable Entry<? super T> find(T object, String name) {
    try {
      return way.<@Nullable Entry<? super T>>ask(
          object, new Operation(Kind.FIND, name), () -> files.find(object, name));
    } catch (Exception _) {
      return null;
    }
  }

  @Override
  public boolean isDynamic(T object) {
    return true;
  }

  /// Nobody asks in order to know what was there before.
  @Override
  public List<? extends Entry<? super T>> known(T object) {
    return List.of();
  }

  @Override
  public @Nullable Entry<? super T> findKnown(T object, String name) {
    return null;
  }
}
