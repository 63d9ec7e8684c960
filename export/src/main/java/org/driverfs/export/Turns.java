package org.driverfs.export;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.tree.Directory;

/// Whose turn it is with an object: to store several of its attributes, or to read them together.
///
/// A turn is no lock. It is taken and given back under the monitor of this, which is held for a
/// moment only; what runs in between is the code of drivers, for as long as it likes. So waiting
/// for a turn can be interrupted and comes to an end. Whoever reads or writes an attribute without
/// a turn waits for nobody.
///
/// Thread-safe.
final class Turns {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// By the directory of the object. Guarded by the monitor of this.
  private final Map<Directory<?>, Thread> holders = new HashMap<>();

  private final Duration patience;

  Turns() {
    this(PATIENCE);
  }

  /// @param patience how long to wait for others
  Turns(Duration patience) {
    this.patience = patience;
  }

  /// A turn, until it is closed.
  @FunctionalInterface
  interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /// Waits for the turn with an object.
  ///
  /// @param directory the object's
  /// @throws DriverfsException EBUSY if another keeps it too long; EDEADLK if this thread has it
  synchronized Turn take(Directory<?> directory) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (Thread holder; (holder = holders.get(directory)) != null; ) {
      if (holder == Thread.currentThread()) {
        throw new DriverfsException(
            Errno.EDEADLK, directory.path(), "is in a transaction of this thread already");
      }
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new DriverfsException(
            Errno.EBUSY,
            directory.path(),
            "is in a transaction or snapshot of thread %s, for longer than %s; try again"
                .formatted(holder.getName(), patience));
      }
      wait(millis);
    }
    holders.put(directory, Thread.currentThread());
    return () -> end(directory);
  }

  private synchronized void end(Directory<?> directory) {
    holders.remove(directory);
    notifyAll();
  }
}
