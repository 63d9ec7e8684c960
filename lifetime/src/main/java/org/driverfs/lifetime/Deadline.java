package org.driverfs.lifetime;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waits on a monitor, which the caller has, up to a deadline.
public final class Deadline {
  private Deadline() {}

  /// Waits until something is so; who makes it so notifies all who wait on the monitor.
  ///
  /// @param deadline how long at most
  /// @return false if it is not so within that time
  public static boolean await(Object monitor, Duration deadline, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      monitor.wait(left / 1_000_000 + 1);
    }
    return true;
  }
}
