package org.driverfs.buses.linux;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How fast a counter of the kernel's grows, in units a second, from one look to the next.
///
/// All who look share it: the rate is since the look before, whoever's that was. Looks that follow
/// each other within [#SHORTEST] give the same figure, so that two who look at the same time do not
/// spoil it for each other. Thread-safe, by its monitor.
final class ByteRate {
  /// The shortest time that a rate is taken over.
  static final Duration SHORTEST = Duration.ofMillis(100);

  private final LongSupplier nanoTime;
  private long lastTotal;
  private long lastTime;
  private long rate;

  /// @param total what the counter shows now
  /// @param nanoTime the clock, in nanoseconds
  ByteRate(long total, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    lastTotal = total;
    lastTime = nanoTime.getAsLong();
  }

  /// The rate since the look before; 0 if the counter was set back.
  ///
  /// @param total what the counter shows now
  synchronized long look(long total) {
    long now = nanoTime.getAsLong();
    long elapsed = now - lastTime;
    if (elapsed >= SHORTEST.toNanos()) {
      rate = Math.max(0, Math.round((total - lastTotal) * 1e9 / elapsed));
      lastTotal = total;
      lastTime = now;
    }
    return rate;
  }
}
