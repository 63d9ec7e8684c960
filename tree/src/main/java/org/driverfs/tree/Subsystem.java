package org.driverfs.tree;

/// Who owns the objects of a kind, and counts their users: the `driverfs_subsys` of July 2002.
///
/// The tree hands the object back and never looks at it. [#get] is called when a file is opened and
/// [#put] once for each `get` that answered true, when the file is released or revoked. Both may be
/// called by any thread, and no lock of the tree is held.
///
/// @param <T> what is represented
public interface Subsystem<T> {
  /// Keeps the object from going away; by default nothing is counted.
  ///
  /// @return false if the object is going: the file cannot be opened
  default boolean get(T object) {
    return true;
  }

  /// Ends one successful [#get].
  default void put(T object) {}
}
