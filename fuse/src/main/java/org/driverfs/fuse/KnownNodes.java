package org.driverfs.fuse;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.tree.Handles;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// The nodes that the kernel knows, and how often it was told of each: what LOOKUP and its like
/// give, and FORGET takes. When a node is removed, a tombstone takes its place at the next
/// [#sweep], so that a client who holds on to a number does not hold on to an object.
///
/// A node that was put into the tree says itself that it was removed. One that is made on demand
/// does not: so withdrawals of those are numbered, and each known node carries the number as of
/// which it was found to be there.
///
/// Node ids are handles, and so never given out twice. The root is the first, with id 1.
///
/// Thread-safe. The map, the counts and the withdrawals are guarded by the monitor of this; no
/// callback runs inside it, and nothing is taken but the monitor of a directory.
final class KnownNodes {
  static final long ROOT = 1;

  /// How many withdrawals are kept for lookups that began before them.
  private static final int KEPT = 1 << 12;

  /// How many nodes a sweep looks at in one go.
  private static final int PIECE = 1 << 10;

  /// A node that the kernel knows; of one kind for ever.
  static final class Known {
    private volatile Node node;
    private volatile long size = -1;
    private long asOf;
    private long id;
    private long lookups;

    private Known(Node node) {
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

  /// The last that was made for each node of the tree.
  private final Map<Long, Known> byTreeId = new HashMap<>();

  /// The numbers of the last withdrawals of nodes made on demand, by tree id, the oldest first.
  private final LinkedHashMap<Long, Long> withdrawn = new LinkedHashMap<>();

  private long withdrawals;

  /// The last withdrawal that is not kept any more.
  private long dropped;

  KnownNodes(Node root) {
    count(make(root), root);
  }

  /// Counts that the kernel is told of a node.
  ///
  /// @param asOf what [#asOf(Known)] said before somebody looked for it
  /// @return null if it may have been removed meanwhile: then nothing was counted, look again
  synchronized @Nullable Known remember(Node node, long asOf) {
    if (isGone(node, asOf)) {
      return null;
    }
    Known known = byTreeId.get(node.id());
    if (known == null
        || isGone(known.node, known.asOf)
        || Attributes.type(known.node) != Attributes.type(node)) {
      known = make(node); // what the kernel keeps of one that is gone is not of this one
    }
    return count(known, node);
  }

  /// Counts that the kernel is told once more of a node that was removed.
  synchronized Known recall(Node tombstone) {
    Known known = again(tombstone);
    return known == null ? count(make(tombstone), tombstone) : known;
  }

  /// Counts that the kernel is told once more of a node, as it knows it.
  ///
  /// @return null if it does not
  synchronized @Nullable Known again(Node node) {
    Known known = byTreeId.get(node.id());
    if (known != null) {
      known.lookups++;
    }
    return known;
  }

  private Known make(Node node) {
    var known = new Known(node);
    known.id = byId.add(known);
    boolean isMade = false;
    try {
      byTreeId.put(node.id(), known);
      isMade = true;
    } finally {
      if (!isMade) {
        byId.remove(known.id);
      }
    }
    return known;
  }

  /// The kernel removes a directory. Should that have another place in the tree, or get one, the
  /// kernel has to know it by another number there: what it has removed is dead to it for ever.
  synchronized void bury(Node directory) {
    byTreeId.remove(directory.id());
  }

  private Known count(Known known, Node node) {
    known.node = node;
    known.asOf = withdrawals;
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
      byTreeId.remove(known.node.id(), known); // first: it must not be given out once it is gone
      byId.remove(id);
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

  /// All that the kernel knows.
  List<Known> all() {
    return byId.all();
  }

  /// Numbers the withdrawal of a node that is made on demand. Those that were found before and have
  /// its number are gone, and so is what was found in them.
  synchronized void withdraw(Node node) {
    withdrawn.putLast(node.id(), ++withdrawals);
  }

  /// How many withdrawals there were.
  synchronized long withdrawals() {
    return withdrawals;
  }

  /// As of which withdrawal that holds which somebody finds in a directory from now on: a directory
  /// made on demand finds what it would have found when it was looked for.
  synchronized long asOf(Known directory) {
    return directory.node.isOnDemand() ? directory.asOf : withdrawals;
  }

  /// Lets go of all that has been removed so far.
  void sweep() {
    long begin = withdrawals();
    List<Known> all = byId.all();
    for (int i = 0; i < all.size(); i += PIECE) {
      sweep(all.subList(i, Math.min(i + PIECE, all.size())));
    }
    drop(begin);
  }

  private synchronized void sweep(List<Known> some) {
    for (Known known : some) {
      if (isGone(known.node, known.asOf)) {
        known.node = known.node.tombstone();
      }
      known.asOf = withdrawals;
    }
  }

  /// @param swept the last withdrawal that a sweep has seen to
  private synchronized void drop(long swept) {
    while (withdrawn.size() > KEPT && withdrawn.firstEntry().getValue() <= swept) {
      dropped = withdrawn.pollFirstEntry().getValue();
    }
  }

  private boolean isGone(Node node, long asOf) {
    if (node.isRemoved()) {
      return true;
    }
    for (Node up = node; up != null && up.isOnDemand(); up = up.parent()) {
      if (asOf < dropped || withdrawn.getOrDefault(up.id(), 0L) > asOf) {
        return true;
      }
    }
    return false;
  }
}
