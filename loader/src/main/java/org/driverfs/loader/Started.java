package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.errno.Thrown;
import org.jspecify.annotations.Nullable;

/// Something that was started in a thread of its own, because it comes by code that may take any
/// time. It goes on whether or not somebody waits for it; whoever does waits no longer than each of
/// its steps may take.
///
/// Thread-safe.
final class Started<R> {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  /// How much longer a step may take than those are given whom it waits for, before whoever waits
  /// for the step is told who they are.
  static final Duration MOMENT = Duration.ofMillis(500);

  /// What is done in that thread.
  @FunctionalInterface
  interface Body<R> {
    /// @param self to tell its steps
    R run(Started<R> self) throws Exception;
  }

  /// When a step is over at the latest, of [System#nanoTime].
  private volatile long until;

  private volatile Supplier<String> obstacles;

  private final String what;
  private final CompletableFuture<R> end = new CompletableFuture<>();

  /// Something that is about to be started.
  ///
  /// @param what it is, for people, such as "upgrading m"
  /// @param patience how long its first step may take
  Started(String what, Duration patience) {
    this.what = what;
    this.obstacles = () -> what;
    this.until = System.nanoTime() + patience.toNanos();
  }

  /// Starts it.
  ///
  /// @param threads where
  /// @return this
  Started<R> start(Executor threads, Body<R> body) {
    threads.execute(() -> run(body));
    return this;
  }

  /// The same, with something that follows in any case: also if it cannot be started.
  Started<R> start(Executor threads, Body<R> body, Runnable after) {
    boolean isStarted = false;
    try {
      start(
          threads,
          self -> {
            try {
              return body.run(self);
            } finally {
              after.run();
            }
          });
      isStarted = true;
    } finally {
      if (!isStarted) {
        after.run();
      }
    }
    return this;
  }

  private void run(Body<R> body) {
    try {
      Thread.currentThread().setName("driverfs: " + what);
      end.complete(body.run(this));
    } catch (Throwable t) {
      end.completeExceptionally(t);
    }
  }

  /// A step begins.
  ///
  /// @param patience how long it may take
  /// @param obstacles what keeps it from ending, in words
  void step(Duration patience, Supplier<String> obstacles) {
    this.obstacles = obstacles;
    until = System.nanoTime() + patience.toNanos();
  }

  /// What keeps the step from ending at which it is, in words.
  String obstacles() {
    return obstacles.get();
  }

  boolean isDone() {
    return end.isDone();
  }

  /// Waits for the end, but not for ever.
  ///
  /// @return null if that takes longer
  /// @throws DriverfsException what it failed with
  @Nullable R await(Duration deadline) throws InterruptedException {
    try {
      return end.get(Math.max(0, deadline.toNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      return null;
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /// Waits for the end as long as the steps follow each other in time. If they do not, what becomes
  /// of it is told in the log.
  ///
  /// @param late what is thrown then
  /// @throws DriverfsException what it failed with
  R awaitSteps(Supplier<DriverfsException> late) throws InterruptedException {
    boolean isAwaited = false;
    try {
      while (true) {
        long left = until - System.nanoTime();
        boolean isOver = end.isDone();
        R result = await(Duration.ofNanos(left));
        if (result != null) {
          isAwaited = true;
          return result;
        }
        if (left <= 0 && !isOver && until - System.nanoTime() <= 0) {
          throw late.get();
        }
      }
    } catch (DriverfsException e) {
      isAwaited = end.isDone();
      throw e;
    } finally {
      if (!isAwaited) {
        var _ = end.whenComplete((_, failure) -> tell(failure));
      }
    }
  }

  private DriverfsException failure(@Nullable Throwable thrown) {
    return thrown instanceof DriverfsException known
        ? known
        : new DriverfsException(
            Errno.EIO,
            what,
            "has failed" + (thrown == null ? "" : ": " + Thrown.printable(thrown)));
  }

  private void tell(@Nullable Throwable failure) {
    LOG.log(
        failure == null ? Level.INFO : Level.WARNING,
        what
            + ", which nobody waited for any more, "
            + (failure == null ? "has come to its end" : "has failed: " + failure.getMessage()));
  }
}
