package org.driverfs.lifetime;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.driverfs.errno.Thrown;

/// A thread that others cannot do without: it takes turn after turn, and outlives whatever fails in
/// one. The log is told, and the next turn is taken after a pause that grows while failures follow
/// each other.
///
/// An interrupt that nobody wanted is such a failure, and no turn begins interrupted. Thread-safe.
public final class VitalThread {
  /// What is done again and again.
  @FunctionalInterface
  public interface Turn {
    /// @return whether there is another turn
    boolean take() throws Exception;
  }

  private static final Logger LOG = System.getLogger("driverfs.lifetime");
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private final Turn turn;
  private final ContextThread thread;
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean stopped;
  private long pause; // of the thread itself

  private VitalThread(String name, Turn turn) {
    Thrown.printable(new Throwable()); // what is loaded first in a failure may fail for ever
    this.turn = turn;
    this.thread = new ContextThread(name, this::run);
  }

  /// Starts a platform thread; an [OutOfMemoryError] if it cannot.
  public static VitalThread start(String name, Turn turn) {
    var vital = new VitalThread(name, turn);
    vital.thread.start();
    return vital;
  }

  private void run() {
    while (true) {
      try {
        if (!takeTurn()) {
          return;
        }
      } catch (Throwable t) {
        if (!stopped || !(t instanceof InterruptedException)) {
          failures.incrementAndGet();
          tell(t);
        }
        rest();
      }
    }
  }

  private boolean takeTurn() throws Exception {
    thread.restore();
    boolean goesOn = !stopped && turn.take();
    pause = 0;
    return goesOn;
  }

  private void tell(Throwable failure) {
    try {
      LOG.log(Level.WARNING, thread.getName() + " failed, and goes on", Thrown.printable(failure));
    } catch (Throwable _) {
      tellLess(failure);
    }
  }

  private void tellLess(Throwable failure) {
    try {
      LOG.log(Level.WARNING, thread.getName() + " failed, and goes on: " + failure.getClass());
    } catch (Throwable _) { // what is left is the count
    }
  }

  private void rest() {
    pause = Math.clamp(2 * pause, FIRST_PAUSE, LONGEST_PAUSE);
    long end = System.nanoTime() + pause;
    for (long left = pause; left > 0 && !stopped; left = end - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
      Thread.interrupted(); // or parking would not wait
    }
  }

  /// Lets there be no further turn, and interrupts the one that is being taken.
  public void stop() {
    stopped = true;
    thread.interrupt();
  }

  /// Lets a turn go on that has parked (see [LockSupport#park()]).
  public void wake() {
    LockSupport.unpark(thread);
  }

  /// Whether there are turns still.
  public boolean isAlive() {
    return thread.isAlive();
  }

  /// How many turns have failed.
  public int failures() {
    return failures.get();
  }

  /// Waits until the last turn is over.
  ///
  /// @return false if it is not after that time
  public boolean join(Duration time) throws InterruptedException {
    return thread.join(time);
  }
}
