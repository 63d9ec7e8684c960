package org.driverfs.app;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// What a rule did a moment ago, device by device: an event of the same device that comes so soon
/// may be the effect of that, through the kernel, a command or another thread, and counts as such.
///
/// For one thread. It forgets what is older than [#MOMENT].
final class Echoes {
  static final Duration MOMENT = Duration.ofSeconds(1);

  private record Echo(int depth, long end) {}

  private final LongSupplier nanoTime;
  private final Map<String, Echo> byPath = new LinkedHashMap<>();

  Echoes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// How many events may have led to one of that path.
  int depth(String path) {
    Echo echo = byPath.get(path);
    return echo == null || isOver(echo) ? 0 : echo.depth();
  }

  /// Remembers that the rule has just acted on a path.
  ///
  /// @param depth of what that leads to
  void acted(String path, int depth) {
    byPath.remove(path);
    byPath.put(path, new Echo(depth, nanoTime.getAsLong() + MOMENT.toNanos()));
    for (Iterator<Echo> oldest = byPath.values().iterator(); isOver(oldest.next()); ) {
      oldest.remove();
    }
  }

  private boolean isOver(Echo echo) {
    return nanoTime.getAsLong() - echo.end() > 0;
  }
}
