package org.driverfs.tree;

import java.util.function.Function;

/// What a directory of some kind of object contains, written down once for all objects of that
/// kind. Nothing in it is unique to an object; the node for it is made when somebody looks.
///
/// @param <T> what is represented
public sealed interface Entry<T> permits Entry.Group, Entry.LinkTo, FileEntry {
  /// The name, as [Names] allows it.
  String name();

  /// A subdirectory of entries of the same object.
  ///
  /// @param name the name
  /// @param files what is in it
  record Group<T>(String name, FileSet<? super T> files) implements Entry<T> {
    /// Checks the name.
    public Group {
      Names.require(name);
    }
  }

  /// A symbolic link.
  ///
  /// @param name the name
  /// @param text gives the text of the link, relative to its directory
  record LinkTo<T>(String name, Function<? super T, String> text) implements Entry<T> {
    /// Checks the name.
    public LinkTo {
      Names.require(name);
    }
  }
}
