package org.driverfs.lifetime;

import java.time.Duration;

/// Waits that must come to their end: an interrupt is put off until then.
public final class Uninterruptibly {
  private Uninterruptibly() {}

  /// Something that waits; after an interrupt it is called again.
  public interface Wait<T, X extends Exception> {
    /// What is waited for.
    T await() throws InterruptedException, X;
  }

  /// Something that waits for no result; after an interrupt it is called again.
  public interface Pause<X extends Exception> {
    /// What is waited for.
    void await() throws InterruptedException, X;
  }

  /// Something that waits, but not for ever; after an interrupt it is called again.
  public interface TimedWait<X extends Exception> {
    /// @param nanos how long it may take
    /// @return false if it takes longer
    boolean await(long nanos) throws InterruptedException, X;
  }

  /// Waits.
  public static <T, X extends Exception> T await(Wait<T, X> wait) throws X {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.await();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Waits for something that has no result.
  public static <X extends Exception> void pause(Pause<X> pause) throws X {
    await(() -> {
      pause.await();
      return true;
    });
  }

  /// Waits, but not for ever.
  ///
  /// @return false if it takes longer
  public static <X extends Exception> boolean await(Duration deadline, TimedWait<X> wait) throws X {
    long end = System.nanoTime() + deadline.toNanos();
    return await(() -> wait.await(Math.max(0, end - System.nanoTime())));
  }

  /// Waits for the end of a thread.
  public static void join(Thread thread) {
    pause(thread::join);
  }
}
