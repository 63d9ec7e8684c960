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

  /// Whether this very node was taken out of its tree. Set with the structure lock held, and of a
  /// directory with its monitor held as well.
  volatile boolean gone;

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
    var path = new StringBuilder(name);
    for (Directory<?> up = parent; up != null && !up.name().isEmpty(); up = up.parent()) {
      path.insert(0, '/').insert(0, up.name());
    }
    return path.toString();
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
    return gone || anchor().gone;
  }

  /// Whether this node was made because somebody looked, for an entry of the kind of its object.
  public final boolean isOnDemand() {
    return (id & ON_DEMAND) != 0;
  }

  /// What is left of this node when it was removed, for whoever has to answer for its number: a
  /// removed node of the same kind, with the same number, name and rights. It holds on to nothing
  /// that this one does: no object, no entry, no directory.
  ///
  /// @return this itself if it is such a node
  public final Node tombstone() {
    Directory<?> anchor = anchor();
    if (anchor.gone && anchor.parent() == null) {
      return this;
    }
    Directory<Void> grave = anchor.tree().grave(this instanceof Directory<?> ? id : 0, name);
    Access changed = anchor.changedAccess(id);
    if (changed != null) {
      grave.changeAccess(id, changed);
    }
    return switch (this) {
      case Directory<?> _ -> grave;
      case File<?> file -> file.in(grave);
      case Link _ -> new Link(id, grave, name);
    };
  }

  /// The directory of the object that this node belongs to: a directory itself, or the nearest one
  /// above that is not made on demand.
  public abstract Directory<?> anchor();

  /// What stands now where this stands, seen from its anchor.
  ///
  /// @param other a directory to look from instead; the anchor itself looks again
  /// @return null if there is nothing
  final @Nullable Node counterpart(Directory<?> other) {
    if (this == anchor()) {
      return other;
    }
    Directory<?> up = parent;
    return up != null && up.counterpart(other) instanceof Directory<?> directory
        ? directory.find(name).orElse(null)
        : null;
  }

  /// The permission bits that the node was made with.
  abstract int defaultMode();

  final void place(Directory<?> newParent, String newName) {
    parent = newParent;
    name = newName;
  }

  final void rename(String newName) {
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
