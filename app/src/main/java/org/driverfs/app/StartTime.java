package org.driverfs.app;

import java.time.Duration;
import java.time.Instant;

/// How long a daemon takes from the start of its process until it can be used.
final class StartTime {
  private final Instant begin;
  private volatile Duration taken = Duration.ZERO;

  private StartTime(Instant begin) {
    this.begin = begin;
  }

  /// Begins when the launcher started Java (`DRIVERFS_STARTED`, milliseconds since 1970), or else
  /// with this process, which the kernel knows to a hundredth of a second.
  static StartTime ofThisProcess() {
    String started = System.getenv("DRIVERFS_STARTED");
    Instant begin =
        started == null || !started.matches("\\d{1,15}")
            ? ProcessHandle.current().info().startInstant().orElseGet(Instant::now)
            : Instant.ofEpochMilli(Long.parseLong(started));
    return new StartTime(begin);
  }

  void stop() {
    taken = Duration.between(begin, Instant.now());
  }

  Duration taken() {
    return taken;
  }
}
