package org.driverfs.lab.peers;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The host's threads that call a plug-in on and on, whether it is there or not.
final class Callers {
  /// How many there are.
  static final int COUNT = 2;

  /// What their names begin with.
  static final String NAME = "caller-";

  private static final long PAUSE = 100_000;

  private final Host host;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final List<Thread> threads;
  private volatile boolean isOver;

  /// The text of the first, since the thrown object itself would keep classes of the plug-in.
  private volatile @Nullable String failure;

  Callers(Host host) {
    this.host = host;
    this.threads =
        IntStream.range(0, COUNT)
            .mapToObj(i -> Thread.ofPlatform().name(NAME + i).start(() -> callOnAndOn(i)))
            .toList();
  }

  private void callOnAndOn(int caller) {
    while (!isOver) {
      try {
        if (host.call(caller).isPresent()) {
          answered.incrementAndGet();
        } else {
          refused.incrementAndGet();
          LockSupport.parkNanos(PAUSE); // or two callers leave no time for the cycles
        }
      } catch (Exception | LinkageError e) {
        failed.incrementAndGet();
        if (failure == null) {
          failure = e.toString();
        }
      }
    }
  }

  /// Forgets what has been counted.
  void reset() {
    answered.set(0);
    refused.set(0);
    failed.set(0);
    failure = null;
  }

  /// What has been counted.
  ///
  /// @param late how many were in closed code
  Result.Calls counts(long late) {
    return new Result.Calls(answered.get(), refused.get(), failed.get(), late, failure());
  }

  /// How the first call that failed did; empty for none.
  String failure() {
    String first = failure;
    return first == null ? "" : first;
  }

  /// Lets them end.
  void end() throws InterruptedException {
    isOver = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
