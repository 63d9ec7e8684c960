package org.driverfs.lab.chaos.driver;

import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/// The ways in which a callback does not return for a while. How many of them there are at once in
/// the whole JVM is limited, so that it is not the machine that is tried.
final class Absence {
  private static final int MOST_AWAY = 20;
  private static final int MOST_FOR_EVER = 6;
  private static final int MOST_SPINNING = 3;
  private static final int LONG_MILLIS = 5_000;
  private static final int SLICE_MILLIS = 500;

  private final Stop stop;

  Absence(Stop stop) {
    this.stop = stop;
  }

  /// Is away, if not too many are.
  ///
  /// @param millis how long; of those who would stay longer than a few seconds only some may
  void go(Deed how, long millis) throws InterruptedException {
    Semaphore away = Shared.permits("away", MOST_AWAY);
    Semaphore rare =
        how == Deed.SPIN
            ? Shared.permits("spinning", MOST_SPINNING)
            : Shared.permits("for ever", MOST_FOR_EVER);
    boolean isRare = how == Deed.SPIN || millis > LONG_MILLIS;
    if (!away.tryAcquire()) {
      return;
    }
    boolean mayBeRare = false;
    try {
      mayBeRare = isRare && rare.tryAcquire();
      stay(how, isRare && !mayBeRare ? SLICE_MILLIS : Math.min(millis, Integer.MAX_VALUE));
    } finally {
      if (mayBeRare) {
        rare.release();
      }
      away.release();
    }
  }

  private void stay(Deed how, long millis) throws InterruptedException {
    long end = System.nanoTime() + 1_000_000 * millis;
    boolean interrupted = false;
    while (System.nanoTime() - end < 0 && !stop.isSaid()) {
      switch (how) {
        case HANG -> Thread.sleep(20);
        case HANG_DEAF -> {
          LockSupport.parkNanos(20_000_000);
          interrupted |= Thread.interrupted();
        }
        case SPIN -> Thread.onSpinWait();
        default ->
            NativeSleep.micros(
                Math.clamp((end - System.nanoTime()) / 1_000, 1, 1_000 * SLICE_MILLIS));
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
