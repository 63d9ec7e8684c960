package org.driverfs.export;

import java.util.function.Function;
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
  /// @param path names with slashes between; may be empty
  /// @param put makes or moves it; the folder stays there until that is done
  synchronized <R> R put(
      @Nullable Directory<?> parent, String path, Function<Directory<?>, R> put) {
    Directory<?> here = parent == null ? root : parent;
    for (String name : path.isEmpty() ? new String[0] : path.split("/", -1)) {
      here =
          here.findChild(name).orElse(null) instanceof Directory<?> there
              ? there
              : here.createDirectory(name);
    }
    return put.apply(here);
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
