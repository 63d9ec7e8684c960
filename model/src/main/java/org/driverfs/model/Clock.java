package org.driverfs.model;

import java.time.Duration;
import java.util.concurrent.Executor;

/// The time, as far as the model lives by it.
interface Clock {
  /// The time of this machine.
  Clock SYSTEM =
      new Clock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void after(Duration delay, Executor threads, Runnable action) {
          var _ = Workqueue.after(delay, () -> threads.execute(action));
        }
      };

  /// Nanoseconds since some moment.
  long nanoTime();

  /// Runs something after a while, in one of some threads.
  void after(Duration delay, Executor threads, Runnable action);
}
