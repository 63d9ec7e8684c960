package org.driverfs.fuse;

import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Handles;
import org.driverfs.tree.Listing;
import org.jspecify.annotations.Nullable;

/// The directories that clients have open, each with the walk through it. After something was
/// removed, [#sweep] makes the walks look for their entries again, so that a client who has a
/// directory open does not hold on to what was in it.
///
/// Thread-safe. Of one open directory the kernel asks one thing at a time, but a sweep may come
/// between: so a worker puts the walk in its place before it looks into the directory, and whoever
/// sweeps lets known nodes go first. Either the sweep finds the walk, or the worker, which looks
/// afterwards, finds that it has lost it or that the directory is another.
final class OpenDirectories {
  /// A walk through a directory, and as of which withdrawal the entries that it finds are there.
  static final class Walk {
    private final Listing<?> listing;
    private final long asOf;

    private Walk(Listing<?> listing, long asOf) {
      this.listing = listing;
      this.asOf = asOf;
    }

    Listing<?> listing() {
      return listing;
    }

    /// See [KnownNodes#remember].
    long asOf() {
      return asOf;
    }
  }

  /// A directory that a client has open.
  final class OpenDirectory {
    private final Known known;
    private volatile Walk walk;

    private OpenDirectory(Known known) {
      this.known = known;
      long asOf = nodes.asOf(known);
      this.walk = new Walk(new Listing<>(directory()), asOf);
    }

    private Directory<?> directory() {
      return (Directory<?>) known.node();
    }

    /// The walk to go on with; to be given to [#end] afterwards.
    Walk begin() {
      return walk;
    }

    void end(Walk used) {
      if (walk != used || known.node() != used.listing.directory()) {
        goOnAfter(used);
      }
    }

    private void goOnAfter(Walk before) {
      long asOf = nodes.asOf(known);
      walk = new Walk(before.listing.in(directory()), asOf);
    }
  }

  private final Handles<OpenDirectory> handles = new Handles<>();
  private final KnownNodes nodes;

  OpenDirectories(KnownNodes nodes) {
    this.nodes = nodes;
  }

  /// @param known a directory
  /// @return its handle
  long add(Known known) {
    var open = new OpenDirectory(known);
    long handle = handles.add(open);
    open.end(open.begin());
    return handle;
  }

  /// @return null if it is not open
  @Nullable OpenDirectory find(long handle) {
    return handles.find(handle);
  }

  void remove(long handle) {
    handles.remove(handle);
  }

  int size() {
    return handles.size();
  }

  /// Lets go of what walks have found. Known nodes were swept before. A walk that fails keeps what
  /// it has, and no other.
  ///
  /// @return whether all have let go
  boolean sweep() {
    boolean all = true;
    for (OpenDirectory open : handles.all()) {
      try {
        open.goOnAfter(open.walk);
      } catch (RuntimeException | Error e) {
        all = false;
      }
    }
    return all;
  }
}
