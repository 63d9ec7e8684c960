package org.driverfs.tree;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What those wait for who come to an open file while it is handed over.
final class Suspension {
  /// How long one call waits at most.
  static final Duration LONGEST = Duration.ofSeconds(10);

  private final CountDownLatch over = new CountDownLatch(1);

  /// Lets all go on who wait.
  void end() {
    over.countDown();
  }

  /// Waits for the end.
  ///
  /// @param path what is waited for, for the message
  /// @param deadline as [System#nanoTime] says it
  /// @throws DriverfsException EAGAIN after that; EINTR if the thread was interrupted
  void await(String path, long deadline) {
    try {
      if (!over.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new DriverfsException(
            Errno.EAGAIN, path, "is being handed over to another owner; try again");
      }
    } catch (InterruptedException _) {
      throw new DriverfsException(Errno.EINTR, path, "waiting for its new owner was interrupted");
    }
  }
}
