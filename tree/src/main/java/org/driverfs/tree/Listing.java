package org.driverfs.tree;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One walk through a directory, in batches, that can go on from any position it has named.
///
/// An entry that stays is seen exactly once, whatever comes and goes. Of what the kind of the
/// object brings, a walk from the beginning takes a snapshot; the children have positions of their
/// own. What comes after the beginning is not seen, so that a walk ends, however fast others come.
///
/// Not thread-safe: for one client at a time.
///
/// @param <T> what the directory represents
public final class Listing<T> {
  /// Where the children begin; below are the entries of the kind, by their index.
  private static final long CHILDREN = 1L << 32;

  private static final int BATCH = 64;

  /// Takes the entries of a walk.
  @FunctionalInterface
  public interface Sink {
    /// @param node the entry
    /// @param next the position to go on with after it
    /// @return false if there is no room: the entry was not taken, and the walk stops
    boolean accept(Node node, long next);
  }

  private final Directory<T> directory;
  private @Nullable List<? extends Entry<? super T>> entries;
  private long end;

  /// A walk through a directory.
  public Listing(Directory<T> directory) {
    this.directory = directory;
  }

  /// What is walked through.
  public Directory<T> directory() {
    return directory;
  }

  /// Gives the entries from a position on, until the sink has no room or there are no more. A
  /// directory that was removed has none.
  ///
  /// @param position 0, or one that a sink was given
  public void list(long position, Sink sink) {
    if (directory.isRemoved()) {
      return;
    }
    Entries children = directory.children();
    if (position == 0 || end == 0) {
      end = CHILDREN + (children == null ? 0 : children.endPosition());
    }
    if (position >= CHILDREN || listEntries(position, sink)) {
      if (children != null) {
        listChildren(children, Math.max(0, position - CHILDREN), sink);
      }
    }
  }

  private boolean listEntries(long position, Sink sink) {
    List<? extends Entry<? super T>> all = entries;
    if (position == 0 || all == null) {
      all =
          Contained.call(
              directory, "list", () -> directory.type().files().list(directory.object()));
      entries = all;
    }
    for (long i = position; i < all.size(); i++) {
      Node node = directory.node(all.get((int) i));
      if (!isHidden(node.name()) && !sink.accept(node, i + 1)) {
        return false;
      }
    }
    return true;
  }

  /// What was put into a directory wins over what its kind brings.
  private boolean isHidden(String name) {
    Entries children = directory.children();
    return children != null && children.find(name) != null;
  }

  private void listChildren(Entries children, long position, Sink sink) {
    var nodes = new Node[BATCH];
    var after = new long[BATCH];
    long from = position;
    while (true) {
      int count = children.list(from, nodes, after);
      for (int i = 0; i < count; i++) {
        if (CHILDREN + after[i] > end || !sink.accept(nodes[i], CHILDREN + after[i])) {
          return;
        }
      }
      if (count < BATCH) {
        return;
      }
      from = after[count - 1];
    }
  }
}
