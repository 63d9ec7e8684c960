package org.driverfs.buses.linux;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Refcounted;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Epoll;
import org.driverfs.posix.EventDescriptor;
import org.driverfs.posix.Poll;

/// One thread that waits for changes of all the kernel's files that somebody polls.
///
/// Each file that is watched counts as a user: when this is closed, the thread goes on until the
/// last of them has left. Safe for any thread.
final class KernelPoller extends Refcounted implements AutoCloseable {
  private static final long STOP = 0;

  private final Epoll epoll = new Epoll();
  private final EventDescriptor stop = new EventDescriptor();
  private final AtomicLong keys = new AtomicLong(STOP);
  private final ConcurrentMap<Long, Runnable> watched = new ConcurrentHashMap<>();
  private final VitalThread thread;

  /// Starts the thread.
  KernelPoller() {
    epoll.add(stop.descriptor(), Poll.IN, STOP);
    thread = VitalThread.start("driverfs-kernel-poll", this::takeTurn);
  }

  /// Watches an open attribute.
  ///
  /// @param changed is run when the kernel says that the content is another one, and perhaps once
  ///   too often; it never waits
  /// @return the key to [#unwatch] with
  long watch(Descriptor file, Runnable changed) {
    if (!ref()) {
      throw new DriverfsException(Errno.ENODEV, "poll", "the kernel's devices are shown no longer");
    }
    long key = keys.incrementAndGet();
    watched.put(key, changed);
    try {
      epoll.add(file, Poll.PRI | Epoll.EDGE_TRIGGERED, key);
      return key;
    } catch (DriverfsException e) {
      watched.remove(key);
      unref();
      throw e;
    }
  }

  /// Ends one [#watch], before the file is closed.
  void unwatch(Descriptor file, long key) {
    epoll.remove(file);
    watched.remove(key);
    unref();
  }

  /// Watches nothing new. If nothing is watched, the thread has ended when this returns.
  @Override
  public void close() {
    retire();
    if (references() == 0) {
      Uninterruptibly.pause(() -> {
        while (!thread.join(Duration.ofDays(1))) {}
      });
    }
  }

  @Override
  protected void released() {
    stop.signal();
  }

  private boolean takeTurn() {
    var isOver = new boolean[1];
    epoll.await(key -> {
      isOver[0] |= key == STOP;
      watched.getOrDefault(key, () -> {}).run();
    });
    if (isOver[0]) {
      epoll.close();
      stop.close();
    }
    return !isOver[0];
  }
}
