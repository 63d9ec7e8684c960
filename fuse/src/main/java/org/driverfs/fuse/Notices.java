package org.driverfs.fuse;

import java.util.LinkedHashMap;
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
/// Thread-safe: every method but [#take] holds the monitor of this for a moment only.
final class Notices {
  sealed interface Notice {
    /// What this is about.
    Object key();

    /// What is to be told when this has not been told yet, and another follows.
    default Notice then(Notice later) {
      return later;
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
  }

  /// The text of a constant file is another now.
  record Changed(File<?> file) implements Notice {
    @Override
    public Object key() {
      return file.id();
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
  }

  /// Somebody waits until all before this has been told.
  record Settled(CountDownLatch latch) implements Notice {
    @Override
    public Object key() {
      return this;
    }
  }

  private final LinkedHashMap<Object, Notice> waiting = new LinkedHashMap<>();
  private boolean lost;
  private boolean ended;

  /// Keeps a notice, unless [#end] was called.
  ///
  /// @return whether it will be told
  synchronized boolean add(Notice notice) {
    if (!ended) {
      waiting.merge(notice.key(), notice, Notice::then);
      notifyAll();
    }
    return !ended;
  }

  /// Says that something could not be kept or told: nobody knows what.
  synchronized void lose() {
    lost = true;
    notifyAll();
  }

  /// Whether something was lost since this was called last.
  synchronized boolean takeLost() {
    boolean was = lost;
    lost = false;
    return was;
  }

  /// Forgets that somebody waits.
  synchronized void drop(Settled settled) {
    waiting.remove(settled.key(), settled);
  }

  /// The next notice; waits for one.
  ///
  /// @param nanos how long at most
  /// @return null if there was none in that time, something was lost, or after [#end]
  synchronized @Nullable Notice take(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; waiting.isEmpty() && !lost && !ended && left > 0; ) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = deadline - System.nanoTime();
    }
    return waiting.isEmpty() ? null : waiting.pollFirstEntry().getValue();
  }

  /// Drops what has not been told. Whoever waits for it goes on.
  synchronized void end() {
    ended = true;
    for (Notice notice : waiting.values()) {
      if (notice instanceof Settled settled) {
        settled.latch.countDown();
      }
    }
    waiting.clear();
    notifyAll();
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  synchronized int size() {
    return waiting.size();
  }
}
