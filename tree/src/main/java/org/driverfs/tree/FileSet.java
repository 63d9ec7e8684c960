package org.driverfs.tree;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// The entries that the directories of a kind of object have.
///
/// @param <T> what is represented
public interface FileSet<T> {
  /// All entries that this object has now, in a stable order.
  List<? extends Entry<? super T>> list(T object);

  /// The entry of that name.
  ///
  /// @return null if the object has none
  @Nullable Entry<? super T> find(T object, String name);

  /// Whether [#list] and [#find] run code for this object that may take its time, or fail, and give
  /// other entries without anybody being told.
  default boolean isDynamic(T object) {
    return false;
  }

  /// The entry of that name, if finding it runs no such code: nobody waits, and locks may be held.
  ///
  /// @return null if the object has none, or if code would have to be run to know
  default @Nullable Entry<? super T> findFixed(T object, String name) {
    return isDynamic(object) ? null : find(object, name);
  }

  /// Those of all entries that are known without running code that may take its time.
  default List<? extends Entry<? super T>> known(T object) {
    return list(object);
  }

  /// The entry of that name, if it is one of [#known].
  default @Nullable Entry<? super T> findKnown(T object, String name) {
    return find(object, name);
  }

  /// No entries.
  static <T> FileSet<T> none() {
    return of();
  }

  /// Always the same entries.
  ///
  /// @throws DriverfsException EEXIST if two have the same name
  @SafeVarargs
  @SuppressWarnings("varargs") // only read, and copied
  static <T> FileSet<T> of(Entry<? super T>... entries) {
    return FileSet.<T>of(Arrays.<Entry<? super T>>asList(entries));
  }

  /// Always the same entries.
  ///
  /// @throws DriverfsException EEXIST if two have the same name
  static <T> FileSet<T> of(List<Entry<? super T>> entries) {
    List<Entry<? super T>> all = List.copyOf(entries);
    Map<String, Entry<? super T>> byName = new LinkedHashMap<>();
    for (Entry<? super T> entry : all) {
      if (byName.put(entry.name(), entry) != null) {
        throw new DriverfsException(
            Errno.EEXIST, entry.name(), "is there twice; give one of the two another name");
      }
    }
    return new FileSet<>() {
      @Override
      public List<Entry<? super T>> list(T object) {
        return all;
      }

      @Override
      public @Nullable Entry<? super T> find(T object, String name) {
        return byName.get(name);
      }
    };
  }
}
