package org.driverfs.fuse;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// What the kernel has not been told yet, in the order in which it has to hear of it.
///
/// Of each name, file or poller only the difference to what the kernel was told last is kept. So
/// however fast things come and go, there are never more notices than things.
///
/// The kernel may keep whoever tells it waiting for the lock of a directory. What needs that lock
/// too is behind the notice that is in hand, and stays here; what does not is given out meanwhile.
///
/// Thread-safe.
final class Notices {
  sealed interface Notice {
    /// What this is about.
    Object key();

    /// What is to be told when this has not been told yet, and another follows.
    default Notice then(Notice later) {
      return later;
    }

    /// Whether this has to wait for another that is being told.
    default boolean isBehind(Notice inHand) {
      return false;
    }
  }

  /// Another thing, or nothing, has a name now.
  ///
  /// @param removed what the kernel may know by that name
  /// @param created what has it now
  /// @param asOf how many withdrawals there were when that came
  record Entry(
      Directory<?> parent, String name, @Nullable Node removed, @Nullable Node created, long asOf)
      implements Notice {
    private record Key(long parent, String name) {}

    @Override
    public Object key() {
      return new Key(parent.id(), name);
    }

    /// What was made and removed untold may have been found by somebody who looked.
    @Override
    public Notice then(Notice later) {
      var entry = (Entry) later;
      Node first = removed == null ? entry.removed : removed;
      return new Entry(parent, name, first, entry.created, entry.asOf);
    }

    /// Who goes through a directory needs its lock, and who removes one needs that of it, too.
    @Override
    public boolean isBehind(Notice inHand) {
      return inHand instanceof Entry entry
          && (isBelow(entry.parent) || (removed != null && entry.isBelow(removed)));
    }

    private boolean isBelow(Node top) {
      Directory<?> way = parent;
      while (way != null && way.id() != top.id()) {
        way = way.parent();
      }
      return way != null;
    }
  }

  /// The text of a constant file is another now.
  record Changed(File<?> file) implements Notice {
    @Override
    public Object key() {
      return file.id();
    }

    @Override
    public boolean isBehind(Notice inHand) {
      return inHand instanceof Changed other && other.file.id() == file.id();
    }
  }

  /// A poller wakes.
  record Poll(long kernelHandle) implements Notice {
    @Override
    public Object key() {
      return this;
    }
  }

  /// Something was removed, which nothing should hold on to.
  record Removal() implements Notice {
    @Override
    public Object key() {
      return this;
    }
  }

  /// Something was lost, see [#lose].
  record Lost() implements Notice {
    @Override
    public Object key() {
      return this;
    }

    @Override
    public boolean isBehind(Notice inHand) {
      return inHand instanceof Lost;
    }
  }

  /// Somebody waits until all before this has been told.
  record Settled(CountDownLatch latch) implements Notice {
    @Override
    public Object key() {
      return this;
    }
  }

  /// @param number in which order they have come; one that is merged into another has its number
  private record Numbered(long number, Notice notice) {
    Numbered then(Numbered later) {
      return new Numbered(number, notice.then(later.notice));
    }
  }

  private static final Numbered LOST = new Numbered(0, new Lost());

  private final LinkedHashMap<Object, Numbered> waiting = new LinkedHashMap<>();
  private final List<Numbered> inHand = new ArrayList<>();
  private long count;
  private boolean lost;
  private boolean ended;

  /// Keeps a notice, unless [#end] was called.
  ///
  /// @return whether it will be told
  synchronized boolean add(Notice notice) {
    if (!ended) {
      waiting.merge(notice.key(), new Numbered(++count, notice), Numbered::then);
      notifyAll();
    }
    return !ended;
  }

  /// Says that something could not be kept or told: nobody knows what.
  synchronized void lose() {
    lost = true;
    notifyAll();
  }

  /// Forgets that somebody waits.
  synchronized void drop(Settled settled) {
    waiting.remove(settled.key());
  }

  /// The next notice that nothing is in the way of, which is in hand until it was [#told]; waits
  /// for one.
  ///
  /// @param nanos how long at most
  /// @return null if there was none in that time, or after [#end]
  synchronized @Nullable Notice take(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    Notice next = next();
    for (long left = nanos; next == null && !ended && left > 0; next = next()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = deadline - System.nanoTime();
    }
    return next;
  }

  private @Nullable Notice next() {
    if (lost && isFree(LOST)) {
      inHand.add(LOST);
      lost = false;
      return LOST.notice;
    }
    boolean isFirst = !lost;
    for (Iterator<Numbered> rest = waiting.values().iterator(); rest.hasNext(); isFirst = false) {
      Numbered next = rest.next();
      if (next.notice instanceof Settled ? isFirst && isOldest(next) : isFree(next)) {
        inHand.add(next);
        rest.remove();
        return next.notice;
      }
    }
    return null;
  }

  private boolean isFree(Numbered next) {
    return inHand.stream().noneMatch(other -> next.notice.isBehind(other.notice));
  }

  private boolean isOldest(Numbered next) {
    return inHand.stream().noneMatch(other -> other.number < next.number);
  }

  /// A notice is not in hand any more.
  @SuppressWarnings("ReferenceEquality") // it is the one that was taken
  synchronized void told(Notice notice) {
    for (int i = inHand.size() - 1; i >= 0; i--) { // which needs no memory
      if (inHand.get(i).notice == notice) {
        inHand.remove(i);
      }
    }
    notifyAll();
  }

  /// Drops what has not been told. Whoever waits for it goes on.
  synchronized void end() {
    ended = true;
    for (Numbered next : waiting.values()) {
      if (next.notice instanceof Settled settled) {
        settled.latch.countDown();
      }
    }
    waiting.clear();
    notifyAll();
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  /// How many are waiting or in hand.
  synchronized int size() {
    return waiting.size() + inHand.size();
  }
}
