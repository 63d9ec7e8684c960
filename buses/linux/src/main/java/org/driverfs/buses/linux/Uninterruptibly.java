package org.driverfs.buses.linux;

/// Waits that must come to their end: an interrupt is put off until then.
final class Uninterruptibly {
  private Uninterruptibly() {}

  /// Something that waits; after an interrupt it is called again.
  interface Wait<T, X extends Exception> {
    /// What is waited for.
    T await() throws InterruptedException, X;
  }

  /// Waits.
  static <T, X extends Exception> T await(Wait<T, X> wait) throws X {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Waits for the end of a thread.
  static void join(Thread thread) {
    await(() -> {
      thread.join();
      return true;
    });
  }
}
