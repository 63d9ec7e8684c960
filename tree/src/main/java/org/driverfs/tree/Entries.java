package org.driverfs.tree;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The children of a directory: found by name, and listed in the order in which they came.
///
/// A child has a position, which grows with each that is added and is never used again. A listing
/// that goes on after a position therefore sees each child that stays exactly once, whatever comes
/// and goes. Costs about 24 bytes a child, so that a directory of a million is nothing special.
///
/// Thread-safe: every method holds the monitor of this object, runs no foreign code, and takes no
/// other lock.
final class Entries {
  private static final int SMALLEST = 8;

  /// Open addressing by name; a power of two, at most half full.
  private @Nullable Node[] table = new @Nullable Node[SMALLEST];

  /// By position; null where a child was removed.
  private @Nullable Node[] order = new @Nullable Node[SMALLEST / 2];

  private long[] positions = new long[SMALLEST / 2];
  private int end;
  private int size;
  private long nextPosition;

  synchronized @Nullable Node find(String name) {
    int mask = table.length - 1;
    for (int i = spread(name) & mask; ; i = (i + 1) & mask) {
      Node node = table[i];
      if (node == null || node.name().equals(name)) {
        return node;
      }
    }
  }

  /// @return false if there is a child of that name
  synchronized boolean add(Node node) {
    if (find(node.name()) != null) {
      return false;
    }
    if (2 * (size + 1) > table.length) {
      rehash();
    }
    if (end == order.length) {
      order = Arrays.copyOf(order, end + (end >> 1) + 1);
      positions = Arrays.copyOf(positions, order.length);
    }
    insert(node);
    node.slot = end;
    order[end] = node;
    positions[end] = nextPosition++;
    end++;
    size++;
    return true;
  }

  /// @param node a child, under the name it was added with
  synchronized void remove(Node node) {
    vacate(placeOf(node));
    order[node.slot] = null;
    size--;
    if (end > 2 * size + SMALLEST) {
      closeGaps();
    }
  }

  /// Gives a child another name, which is free: whoever looks finds it under one of the two.
  synchronized void rename(Node node, String newName) {
    vacate(placeOf(node));
    node.rename(newName);
    insert(node);
  }

  /// Lets two children have each other's names: whoever looks finds one of them under each.
  synchronized void exchange(Node one, Node other) {
    int i = placeOf(one);
    int j = placeOf(other);
    table[i] = other;
    table[j] = one;
    String name = one.name();
    one.rename(other.name());
    other.rename(name);
  }

  private int placeOf(Node node) {
    int mask = table.length - 1;
    int i = spread(node.name()) & mask;
    while (table[i] != node) {
      i = (i + 1) & mask;
    }
    return i;
  }

  /// The first child at a position or behind it, and the position after it.
  ///
  /// @param position where to begin; 0 is the beginning
  /// @param into its elements are filled from the first on
  /// @param after gets, for each child, the position to go on with
  /// @return how many were filled; less than there is room for only at the end
  synchronized int list(long position, Node[] into, long[] after) {
    int i = Arrays.binarySearch(positions, 0, end, position);
    int filled = 0;
    for (i = i < 0 ? -i - 1 : i; i < end && filled < into.length; i++) {
      Node node = order[i];
      if (node != null) {
        into[filled] = node;
        after[filled++] = positions[i] + 1;
      }
    }
    return filled;
  }

  /// The position behind all children; those that come later have this one or a higher one.
  synchronized long endPosition() {
    return nextPosition;
  }

  synchronized int size() {
    return size;
  }

  private void insert(Node node) {
    int mask = table.length - 1;
    int i = spread(node.name()) & mask;
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = node;
  }

  /// Empties a place of the table, and moves those there that a search would look for before it.
  private void vacate(int place) {
    int mask = table.length - 1;
    int free = place;
    table[free] = null;
    for (int i = (free + 1) & mask; ; i = (i + 1) & mask) {
      Node node = table[i];
      if (node == null) {
        return;
      }
      int home = spread(node.name()) & mask;
      if (((i - home) & mask) >= ((i - free) & mask)) {
        table[free] = node;
        table[i] = null;
        free = i;
      }
    }
  }

  private void rehash() {
    int length = Math.max(SMALLEST, Integer.highestOneBit(4 * (size + 1)));
    table = new @Nullable Node[length];
    for (int i = 0; i < end; i++) {
      Node node = order[i];
      if (node != null) {
        insert(node);
      }
    }
  }

  private void closeGaps() {
    int kept = 0;
    for (int i = 0; i < end; i++) {
      Node node = order[i];
      if (node != null) {
        node.slot = kept;
        order[kept] = node;
        positions[kept++] = positions[i];
      }
    }
    Arrays.fill(order, kept, end, null);
    end = kept;
    order = Arrays.copyOf(order, kept + SMALLEST / 2);
    positions = Arrays.copyOf(positions, order.length);
    rehash();
  }

  private static int spread(String name) {
    int hash = name.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 15);
  }
}
