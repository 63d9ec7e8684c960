package org.driverfs.model;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// The time, as far as the model lives by it.
interface Clock {
  /// The time of this machine.
  Clock SYSTEM =
      new Clock() {
        private static final Executor THREADS =
            action -> Thread.ofVirtual().name("driverfs-power").start(action);

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void after(Duration delay, Runnable action) {
          CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, THREADS)
              .execute(action);
        }
      };

  /// Nanoseconds since some moment.
  long nanoTime();

  /// Runs something after a while, in a thread of its own.
  void after(Duration delay, Runnable action);
}
