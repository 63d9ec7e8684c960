package org.driverfs.tree;

/// Hears of every change to a tree, in the order in which they happen.
///
/// Called with the structure lock of the tree held: it may take note, and nothing else. It must not
/// wait, and not call back into the tree.
public interface TreeListener {
  /// An entry is there from now on.
  void created(Node node);

  /// An entry is not there any more; for a directory, neither is anything below it.
  ///
  /// @param parent where it was
  /// @param name what it was called
  /// @param node what it was, or a node that stands for the same entry
  void removed(Directory<?> parent, String name, Node node);

  /// What a file shows is another now.
  void changed(File<?> file);
}
