package org.driverfs.app;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// What was opened, to be closed in reverse, once.
///
/// Closing comes by the code of drivers, and so each has a thread of its own, and some time. One
/// that takes longer goes on, and the next follows: all together they take no longer than
/// [#LONGEST].
///
/// Thread-safe: it may be closed while somebody still adds to it; what comes too late is closed at
/// once. Whoever closes it a second time waits until the first is through.
final class Closing implements AutoCloseable {
  /// How long all of it takes at most.
  static final Duration LONGEST = Duration.ofSeconds(4);

  private static final System.Logger LOG = System.getLogger("driverfs.app");
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(100);

  // Guarded by the monitor of this.
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private boolean closed;

  private final CountDownLatch through = new CountDownLatch(1);

  /// Remembers something that is open.
  ///
  /// @throws DriverfsException ECANCELED if all is closed; then that is closed too
  <C extends AutoCloseable> C add(C resource) {
    synchronized (this) {
      if (!closed) {
        opened.push(resource);
        return resource;
      }
    }
    close(resource, LONGEST.toNanos());
    throw new DriverfsException(Errno.ECANCELED, "driverfs", "was stopped while it started");
  }

  @Override
  public void close() {
    if (begins()) {
      try {
        closeAll();
      } finally {
        through.countDown();
      }
    } else {
      Uninterruptibly.await(LONGEST, nanos -> through.await(nanos, TimeUnit.NANOSECONDS));
    }
  }

  private synchronized boolean begins() {
    boolean begins = !closed;
    closed = true;
    return begins;
  }

  /// Each has half of the time that is left, so that something is left for the next.
  private void closeAll() {
    long end = System.nanoTime() + LONGEST.toNanos();
    for (AutoCloseable last = take(); last != null; last = take()) {
      close(last, Math.max(LEAST, (end - System.nanoTime()) / 2));
    }
  }

  private synchronized @Nullable AutoCloseable take() {
    return opened.poll();
  }

  private static void close(AutoCloseable resource, long nanos) {
    Thread thread =
        Thread.ofPlatform().daemon().name("closing").start(() -> closeContained(resource));
    Duration time = Duration.ofNanos(nanos);
    if (!Uninterruptibly.await(time, left -> thread.join(Duration.ofNanos(left)))) {
      LOG.log(Level.WARNING, resource + " is not closed yet, and is left to itself");
    }
  }

  private static void closeContained(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Throwable t) {
      LOG.log(Level.ERROR, resource + " could not be closed", t);
    }
  }
}
