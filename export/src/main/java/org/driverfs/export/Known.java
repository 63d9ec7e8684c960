package org.driverfs.export;

import java.util.List;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// What is known of some files without running the code of drivers: for whoever must not wait.
record Known<T>(FileSet<T> files) implements FileSet<T> {
  @Override
  public List<? extends Entry<? super T>> list(T object) {
    return files.known(object);
  }

  @Override
  public @Nullable Entry<? super T> find(T object, String name) {
    return files.findKnown(object, name);
  }
}
