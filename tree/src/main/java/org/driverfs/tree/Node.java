package org.driverfs.tree;

import org.jspecify.annotations.Nullable;

/// One entry of the tree: a [Directory], a [File] or a [Link].
///
/// A node is a place, not an object of its own right: what it shows belongs to the object of its
/// directory. Its name and parent change under the structure lock of the tree and are read without.
public abstract sealed class Node permits Directory, File, Link {
  /// Marks the ids of nodes that are made on demand, which are hashes of where they stand.
  private static final long ON_DEMAND = 1L << 63;

  private final long id;
  private volatile String name;
  private volatile @Nullable Directory<?> parent;

  /// Where [Entries] keeps this node; guarded by those.
  int slot;

  Node(long id, @Nullable Directory<?> parent, String name) {
    this.id = id;
    this.parent = parent;
    this.name = name;
  }

  /// The number of this node (st_ino): unique in its tree, and never given to another node. A node
  /// that is made on demand has the same number whenever it is made again.
  public final long id() {
    return id;
  }

  /// The last part of the path; empty for the root.
  public final String name() {
    return name;
  }

  /// The directory that this node is in; null for the root.
  public final @Nullable Directory<?> parent() {
    return parent;
  }

  /// The path below the root, without a slash at its beginning; empty for the root.
  public final String path() {
    Directory<?> up = parent;
    if (up == null) {
      return name;
    }
    String above = up.path();
    return above.isEmpty() ? name : above + "/" + name;
  }

  /// Who owns the node and who may do what with it.
  public final Access access() {
    Access changed = anchor().changedAccess(id);
    return changed == null ? anchor().tree().ownedByDefault(defaultMode()) : changed;
  }

  /// Keeps another owner, group or mode in memory, for as long as the object is there.
  public final void setAccess(Access access) {
    anchor().changeAccess(id, access);
  }

  /// Whether the node was removed from the tree, or stands below one that was.
  public final boolean isRemoved() {
    return anchor().isGone();
  }

  /// The directory of the object that this node belongs to: a directory itself, or the nearest one
  /// above that is not made on demand.
  public abstract Directory<?> anchor();

  /// The permission bits that the node was made with.
  abstract int defaultMode();

  final void place(Directory<?> newParent, String newName) {
    parent = newParent;
    name = newName;
  }

  static long onDemandId(Directory<?> parent, String name) {
    long hash = parent.id() * 0x9E3779B97F4A7C15L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0xBF58476D1CE4E5B9L;
      hash ^= hash >>> 29;
    }
    return hash | ON_DEMAND;
  }

  @Override
  public final String toString() {
    return "/" + path();
  }
}
