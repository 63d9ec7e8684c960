package org.driverfs.loader;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.loader.Receipt.Collection;
import org.driverfs.loader.Receipt.Memory;
import org.jspecify.annotations.Nullable;

/// Looks whether the class loaders of modules that were unloaded have gone, and says so on their
/// receipts. One thread looks for all, as long as there is somebody to look for: it asks for a
/// garbage collection, looks, and waits a little longer each time, and so long that collections
/// take at most a quarter of the time, also when many are unloaded one after another.
///
/// Thread-safe.
final class Collector {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration MOST_PAUSE = Duration.ofMillis(500);

  private record Watched(
      WeakReference<ClassLoader> loader, long receipt, long since, Memory before) {}

  private final Receipts receipts;
  private final Duration deadline;

  // Guarded by the monitor of this.
  private final List<Watched> watched = new ArrayList<>();
  private @Nullable Thread looker;

  /// When the next collection may begin, by [System#nanoTime]. Of the one that looks, alone.
  private volatile long next = System.nanoTime();

  /// @param deadline how long to look for one
  Collector(Receipts receipts, Duration deadline) {
    this.receipts = receipts;
    this.deadline = deadline;
  }

  /// How much memory is in use.
  static Memory memory() {
    long metaspace = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      metaspace += pool.getName().equals("Metaspace") ? pool.getUsage().getUsed() : 0;
    }
    return new Memory(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), metaspace);
  }

  /// @param loader of the module that a receipt is about; nobody else may keep it
  synchronized void watch(ClassLoader loader, long receipt, Memory before) {
    watched.add(new Watched(new WeakReference<>(loader), receipt, System.nanoTime(), before));
    if (looker == null) {
      looker = Thread.ofPlatform().daemon().name("driverfs-collector").start(this::look);
    }
  }

  private void look() {
    long pause = FIRST_PAUSE.toNanos();
    try {
      for (int seen = 0; !isOver(); ) {
        TimeUnit.NANOSECONDS.sleep(Math.max(pause, next - System.nanoTime()));
        long begin = System.nanoTime();
        System.gc();
        long end = System.nanoTime();
        next = end + 3 * (end - begin);
        int left = tellOrWait(seen);
        pause = left == seen ? Math.min(MOST_PAUSE.toNanos(), 2 * pause) : FIRST_PAUSE.toNanos();
        seen = left;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// @param seen how many there were
  private int tellOrWait(int seen) {
    try {
      return tell();
    } catch (OutOfMemoryError e) {
      return seen; // they are looked at again
    }
  }

  private synchronized boolean isOver() {
    if (watched.isEmpty()) {
      looker = null;
    }
    return watched.isEmpty();
  }

  /// @return how many are still there
  private int tell() {
    List<Watched> ended = new ArrayList<>();
    synchronized (this) {
      long now = System.nanoTime();
      for (Watched each : watched) {
        if (each.loader().refersTo(null) || now - each.since() > deadline.toNanos()) {
          ended.add(each);
        }
      }
    }
    for (Watched each : ended) {
      var state = each.loader().refersTo(null) ? Collected.YES : Collected.NO;
      var after = Duration.ofNanos(System.nanoTime() - each.since());
      receipts.collected(each.receipt(), new Collection(state, after, each.before(), memory()));
      synchronized (this) {
        watched.remove(each);
      }
    }
    synchronized (this) {
      return watched.size();
    }
  }
}
