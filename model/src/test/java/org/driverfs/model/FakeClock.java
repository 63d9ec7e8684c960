package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A time that goes on when a test says so; what is due then runs in the test's thread.
final class FakeClock implements Clock {
  private record Timer(long at, Runnable action) {}

  private final List<Timer> timers = new ArrayList<>();
  private long now = -1_000_000_000L; // as with nanoTime, only differences mean something

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public synchronized void after(Duration delay, Executor threads, Runnable action) {
    timers.add(new Timer(now + delay.toNanos(), action));
  }

  /// How much is to run some time.
  synchronized int timers() {
    return timers.size();
  }

  void advance(Duration duration) {
    long end = nanoTime() + duration.toNanos();
    for (Timer next = next(end); next != null; next = next(end)) {
      next.action().run();
    }
  }

  private synchronized @Nullable Timer next(long end) {
    @Nullable Timer first = null;
    for (Timer timer : timers) {
      if (timer.at() <= end && (first == null || timer.at() < first.at())) {
        first = timer;
      }
    }
    timers.remove(first);
    now = first == null ? end : Math.max(now, first.at());
    return first;
  }
}
