package org.driverfs.lab.peers;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What the host knows of one loading of a plug-in. Thread-safe.
final class Loading {
  private static final int USES = 20;

  private final CountDownLatch uses = new CountDownLatch(USES);
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicLong late = new AtomicLong();
  private final AtomicLong lastOut = new AtomicLong();
  private volatile @Nullable WeakReference<ClassLoader> loader;

  /// When its unloading was reported as done, by [System#nanoTime]; null until then.
  private volatile @Nullable Long closed;

  void arrived(ClassLoader its) {
    loader = new WeakReference<>(its);
  }

  /// Whether its class loader has not been collected.
  boolean isReachable() {
    WeakReference<ClassLoader> its = loader;
    return its != null && !its.refersTo(null);
  }

  /// A call is about to leave its code.
  void leave() {
    Long since = closed;
    if (since != null) {
      late.incrementAndGet();
      lastOut.accumulateAndGet(System.nanoTime() - since, Math::max);
    }
    uses.countDown();
  }

  /// A thread is about to be held inside, until the latch opens.
  CountDownLatch hold() {
    held.countDown();
    return release;
  }

  /// Lets those go that are held inside.
  void release() {
    release.countDown();
  }

  /// Its unloading was reported as done.
  void close() {
    closed = System.nanoTime();
  }

  /// @return false if the calls have not come in that time
  boolean awaitUsed(Duration deadline) throws InterruptedException {
    return uses.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// @return false if nobody was held in that time
  boolean awaitHeld(Duration deadline) throws InterruptedException {
    return held.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// How many calls were in its code when or after it was closed.
  long late() {
    return late.get();
  }

  /// How long after it was closed the last of them left, in nanoseconds; 0 for none.
  long lastOut() {
    return lastOut.get();
  }
}
