package org.driverfs.export;

import java.util.Objects;
import java.util.function.Function;
import org.driverfs.model.Device;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// The plain directories between a device and its parent: made for the first device that needs
/// them, removed with the last.
///
/// Thread-safe; its monitor is held while the tree changes, and no callback runs under it.
final class Folders {
  private final Directory<?> root;

  /// @param root where devices without a parent are
  Folders(Directory<?> root) {
    this.root = root;
  }

  /// Puts something into the directory that a device belongs into.
  ///
  /// @param put makes or moves it; the folder stays there until that is done
  synchronized <R> R put(Device device, Function<Directory<?>, R> put) {
    String path = device.folder();
    Directory<?> here = device.parent().<Directory<?>>map(Shown::directory).orElse(root);
    boolean isThere = false;
    try {
      for (String name : path.isEmpty() ? new String[0] : path.split("/", -1)) {
        here =
            here.findChild(name).orElse(null) instanceof Directory<?> there
                ? there
                : here.createDirectory(name);
      }
      R result = put.apply(here);
      isThere = true;
      return result;
    } finally {
      if (!isThere) {
        prune(here);
      }
    }
  }

  /// Moves the directory of a device to where the device is now, and back if what follows fails.
  ///
  /// @param then what is done while the old folder is still there
  synchronized void move(Device device, Directory<Device> directory, Runnable then) {
    Directory<?> left = Objects.requireNonNull(directory.parent());
    Directory<?> old = left;
    String oldName = directory.name();
    put(device, to -> directory.moveTo(to, device.name()));
    boolean isDone = false;
    try {
      then.run();
      isDone = true;
    } finally {
      if (!isDone) {
        left = Objects.requireNonNull(directory.parent());
        directory.moveTo(old, oldName);
      }
      prune(left);
    }
  }

  /// Removes the folders, from a directory upwards, that hold nothing.
  synchronized void prune(@Nullable Node from) {
    Node folder = from;
    while (folder instanceof Directory<?> directory
        && directory != root
        && directory.object() == null
        && !directory.hasChildren()) {
      folder = directory.parent();
      directory.tree().remove(directory);
    }
  }
}
