package org.driverfs.export;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Kobject;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Which directory shows an object: the object keeps it as its representation.
final class Shown {
  private Shown() {}

  static <T extends Kobject> Directory<T> createDirectory(
      Directory<?> parent, String name, DirectoryType<T> type, T object) {
    Directory<T> directory = parent.createDirectory(name, type, object);
    object.represent(directory);
    return directory;
  }

  static void removeDirectory(Kobject object) {
    Directory<?> directory = directory(object);
    directory.tree().remove(directory);
    object.represent(null);
  }

  /// Makes what else belongs to an object, and takes its directory away if that fails.
  static void orRemoveDirectory(Kobject object, Runnable rest) {
    boolean isWhole = false;
    try {
      rest.run();
      isWhole = true;
    } finally {
      if (!isWhole) {
        removeDirectory(object);
      }
    }
  }

  /// @throws DriverfsException ENODEV if the object is not registered
  @SuppressWarnings("unchecked") // only createDirectory sets it
  static <T extends Kobject> Directory<T> directory(T object) {
    Object directory = object.representation();
    if (directory == null) {
      throw new DriverfsException(Errno.ENODEV, object.toString(), "is not registered");
    }
    return (Directory<T>) directory;
  }
}
