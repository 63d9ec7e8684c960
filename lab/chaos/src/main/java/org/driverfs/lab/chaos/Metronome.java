package org.driverfs.lab.chaos;

import java.util.concurrent.atomic.LongAdder;

/// Notices when it is this machine that keeps everybody waiting: a thread that sleeps briefly,
/// again and again, and sums up how much longer each sleep has taken. Nobody else is to blame for
/// that.
final class Metronome implements AutoCloseable {
  private static final long BEAT = 20_000_000;
  private static final long USUAL = 5_000_000;

  private final LongAdder lag = new LongAdder();
  private final Thread thread = Thread.ofPlatform().daemon().name("metronome").start(this::beat);

  private void beat() {
    try {
      while (true) {
        long begin = System.nanoTime();
        Thread.sleep(BEAT / 1_000_000);
        long late = System.nanoTime() - begin - BEAT;
        if (late > USUAL) {
          lag.add(late);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// How long this machine has kept everybody waiting so far, in nanoseconds.
  long lag() {
    return lag.sum();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
