package org.driverfs.drivers.disk;

/// How fast a counter grows, in units a second, from one look to the next. Looks within a tenth of
/// a second give the same figure. Thread-safe, by its monitor.
final class Rate {
  private static final long SHORTEST_NANOS = 100_000_000;

  private long lastTotal;
  private long lastTime = System.nanoTime();
  private long rate;

  /// @param total what the counter shows now
  Rate(long total) {
    lastTotal = total;
  }

  /// @param total what the counter shows now
  synchronized long look(long total) {
    long now = System.nanoTime();
    if (now - lastTime >= SHORTEST_NANOS) {
      rate = Math.max(0, Math.round((total - lastTotal) * 1e9 / (now - lastTime)));
      lastTotal = total;
      lastTime = now;
    }
    return rate;
  }
}
