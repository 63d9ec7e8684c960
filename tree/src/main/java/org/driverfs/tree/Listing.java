package org.driverfs.tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One walk through a directory, in batches, that can go on from any position it has named.
///
/// An entry that stays is seen exactly once, whatever comes and goes. Of what the kind of the
/// object brings, a walk from the beginning takes a snapshot; the children have positions of their
/// own. What comes after the beginning is not seen, so that a walk ends, however fast others come.
///
/// Not thread-safe: for one client at a time. Only [#in] may be called by another thread meanwhile.
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

  /// The entries of the snapshot; null where one has gone since, and as a whole before the first.
  private volatile @Nullable List<? extends @Nullable Entry<? super T>> entries;

  /// The names of the snapshot, if its entries were looked for again.
  private volatile @Nullable List<String> names;

  private volatile long end;

  /// A walk through a directory.
  public Listing(Directory<T> directory) {
    this.directory = directory;
  }

  private Listing(Directory<T> directory, Listing<?> before) {
    this.directory = directory;
    this.names = before.names();
    this.end = before.end;
  }

  /// What is walked through.
  public Directory<T> directory() {
    return directory;
  }

  /// The same walk, which goes on in what the directory is now and looks for its entries again: it
  /// keeps nothing that this one has found but names.
  ///
  /// @param now the same directory, or another node that stands for it
  public Listing<?> in(Directory<?> now) {
    return new Listing<>(now, this);
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
    List<? extends @Nullable Entry<? super T>> all = entries(position);
    for (long i = position; i < all.size(); i++) {
      Entry<? super T> entry = all.get((int) i);
      if (entry != null && !isHidden(entry.name()) && !sink.accept(directory.node(entry), i + 1)) {
        return false;
      }
    }
    return true;
  }

  private List<? extends @Nullable Entry<? super T>> entries(long position) {
    List<? extends @Nullable Entry<? super T>> known = entries;
    if (position != 0 && known != null) {
      return known;
    }
    List<? extends Entry<? super T>> found =
        Contained.call(directory, "list", () -> directory.type().files().list(directory.object()));
    List<String> order = position == 0 ? null : names;
    known = order == null ? found : inOrder(found, order);
    entries = known; // before the names: without those, each of them is there
    names = order;
    return known;
  }

  private List<@Nullable Entry<? super T>> inOrder(
      List<? extends Entry<? super T>> found, List<String> order) {
    Map<String, Entry<? super T>> byName = new HashMap<>();
    found.forEach(entry -> byName.put(entry.name(), entry));
    List<@Nullable Entry<? super T>> ordered = new ArrayList<>();
    order.forEach(name -> ordered.add(byName.get(name)));
    return ordered;
  }

  /// In the order of the positions; null if there is no snapshot.
  private @Nullable List<String> names() {
    List<String> order = names;
    List<? extends @Nullable Entry<? super T>> known = entries;
    if (order != null || known == null) {
      return order;
    }
    List<String> all = new ArrayList<>();
    known.forEach(entry -> all.add(Objects.requireNonNull(entry).name()));
    return all;
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
