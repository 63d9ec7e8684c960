package org.driverfs.fuse;

import java.util.HashMap;
import java.util.Map;
import org.driverfs.tree.Handles;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// The nodes that the kernel knows, and how often it was told of each: what LOOKUP and its like
/// give, and FORGET takes.
///
/// Node ids are handles, and so never given out twice. The root is the first, with id 1.
///
/// Thread-safe. The map and the counts are guarded by the monitor of this; no other lock is taken
/// inside it, and no callback runs.
final class KnownNodes {
  static final long ROOT = 1;

  /// A node that the kernel knows.
  static final class Known {
    private final long treeId;
    private volatile Node node;
    private volatile long size = -1;
    private long id;
    private long lookups;

    private Known(Node node) {
      this.treeId = node.id();
      this.node = node;
    }

    Node node() {
      return node;
    }

    /// The number that the kernel knows it by.
    long id() {
      return id;
    }

    /// The length of a constant text; -1 when it has not been asked for.
    long size() {
      return size;
    }

    void size(long newSize) {
      size = newSize;
    }
  }

  private final Handles<Known> byId = new Handles<>();
  private final Map<Long, Known> byTreeId = new HashMap<>();

  KnownNodes(Node root) {
    remember(root);
  }

  /// Counts that the kernel is told of a node.
  synchronized Known remember(Node node) {
    Known known = byTreeId.get(node.id());
    if (known == null) {
      known = new Known(node);
      byTreeId.put(node.id(), known);
      known.id = byId.add(known);
    } else {
      known.node = node; // made anew, perhaps by another driver
    }
    known.lookups++;
    return known;
  }

  /// Ends some of what was counted.
  synchronized void forget(long id, long count) {
    Known known = byId.find(id);
    if (known == null) {
      return;
    }
    known.lookups -= count;
    if (known.lookups <= 0 && id != ROOT) {
      byId.remove(id);
      byTreeId.remove(known.treeId);
    }
  }

  /// @return null if the kernel has forgotten it
  @Nullable Known find(long id) {
    return byId.find(id);
  }

  /// @return null if the kernel does not know it
  synchronized @Nullable Known findKnown(Node node) {
    return byTreeId.get(node.id());
  }

  int size() {
    return byId.size();
  }
}
