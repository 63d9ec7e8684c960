package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class VitalThreadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /// Says nothing about itself, whoever asks.
  private static final class Unspeakable extends Error {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      throw new Unspeakable();
    }

    @Override
    public String getMessage() {
      throw new Unspeakable();
    }
  }

  /// Can be printed once: when the log prints it, the log fails.
  private static final class Breaking extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final AtomicInteger printed = new AtomicInteger();

    @Override
    public void printStackTrace(PrintWriter to) {
      if (printed.incrementAndGet() > 1) {
        throw new OutOfMemoryError("the log has no memory");
      }
    }
  }

  private final List<VitalThread> threads = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    threads.forEach(VitalThread::stop);
    for (VitalThread thread : threads) {
      assertThat(thread.join(PATIENCE)).isTrue();
    }
  }

  @Test
  void start_turns_areTakenUntilOneIsTheLast() throws Exception {
    var taken = new AtomicInteger();
    var self = new AtomicReference<Thread>();
    VitalThread thread =
        start(() -> {
          self.set(Thread.currentThread());
          return taken.incrementAndGet() < 1000;
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(thread.isAlive()).isFalse();
    assertThat(taken).hasValue(1000);
    assertThat(thread.failures()).isZero();
    assertThat(self.get().isDaemon()).isTrue();
    assertThat(self.get().isVirtual()).isFalse();
    assertThat(self.get().getName()).isEqualTo("vital");
  }

  @Test
  @SuppressWarnings("ThreadPriorityCheck") // as a driver may
  void turn_afterOneThatChangesItsThread_findsItAsBefore() throws Exception {
    var found = new CompletableFuture<String>();
    var turns = new AtomicInteger();
    VitalThread thread =
        start(() -> {
          Thread self = Thread.currentThread();
          if (turns.getAndIncrement() == 0) {
            self.interrupt();
            self.setName("somebody else");
            self.setPriority(Thread.MIN_PRIORITY);
            self.setUncaughtExceptionHandler((_, _) -> {});
            return true;
          }
          boolean hasHandler = !self.getUncaughtExceptionHandler().equals(self.getThreadGroup());
          return !found.complete(
              "%s %s %d %s"
                  .formatted(self.isInterrupted(), self.getName(), self.getPriority(), hasHandler));
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(found.get()).isEqualTo("false vital 5 false");
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "stack", "unspeakable", "checked", "interrupted"})
  void turn_throws_theNextIsTaken(String what) throws Exception {
    var taken = new AtomicInteger();
    VitalThread thread =
        start(() -> {
          if (taken.incrementAndGet() < 3) {
            fail(what);
          }
          return false;
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(taken).hasValue(3);
    assertThat(thread.failures()).isEqualTo(2);
  }

  @Test
  void turn_failsWithWhatCannotBePrinted_theNextIsTaken() throws Exception {
    var failure = new Breaking();
    var taken = new AtomicInteger();
    VitalThread thread =
        start(() -> {
          if (taken.incrementAndGet() == 1) {
            throw failure;
          }
          return false;
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(taken).hasValue(2);
    assertThat(thread.failures()).isOne();
  }

  @Test
  void turn_leavesItInterrupted_theNextIsNot() throws Exception {
    var interrupted = new AtomicInteger();
    var taken = new AtomicInteger();
    VitalThread thread =
        start(() -> {
          if (Thread.currentThread().isInterrupted()) {
            interrupted.incrementAndGet();
          }
          Thread.currentThread().interrupt();
          return taken.incrementAndGet() < 5;
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(taken).hasValue(5);
    assertThat(interrupted).hasValue(0);
  }

  @Test
  void turn_failsAgainAndAgain_thePauseGrowsAndBeginsAnew() throws Exception {
    List<Long> begins = new ArrayList<>();
    VitalThread thread =
        start(() -> {
          begins.add(System.nanoTime());
          if (begins.size() != 7 && begins.size() != 9) {
            throw new IllegalStateException("again");
          }
          return begins.size() == 7;
        });
    assertThat(thread.join(PATIENCE)).isTrue();
    long[] least = {10, 20, 40, 80, 160, 320, 0, 10};
    for (int i = 0; i < least.length; i++) {
      assertThat(Duration.ofNanos(begins.get(i + 1) - begins.get(i)))
          .as("pause after turn %d", i + 1)
          .isGreaterThanOrEqualTo(Duration.ofMillis(least[i]));
    }
    assertThat(Duration.ofNanos(begins.get(8) - begins.get(7))).isLessThan(Duration.ofMillis(640));
  }

  @Test
  void stop_whileItPauses_endsIt() throws Exception {
    VitalThread thread =
        start(() -> {
          throw new IllegalStateException("always");
        });
    await().atMost(PATIENCE).until(() -> thread.failures() > 3);
    thread.stop();
    assertThat(thread.join(PATIENCE)).isTrue();
  }

  @Test
  void stop_turnWaits_interruptsIt() throws Exception {
    var inside = new CountDownLatch(1);
    VitalThread thread =
        start(() -> {
          inside.countDown();
          new CountDownLatch(1).await();
          return true;
        });
    inside.await();
    assertThat(thread.join(Duration.ofMillis(1))).isFalse();
    assertThat(thread.isAlive()).isTrue();
    thread.stop();
    assertThat(thread.join(PATIENCE)).isTrue();
    assertThat(thread.failures()).as("to be stopped is no failure").isZero();
  }

  @Test
  void wake_turnParks_goesOn() throws Exception {
    var taken = new AtomicInteger();
    VitalThread thread =
        start(() -> {
          LockSupport.park();
          return taken.incrementAndGet() < 10;
        });
    await()
        .atMost(PATIENCE)
        .until(() -> {
          thread.wake();
          return !thread.isAlive();
        });
    assertThat(taken).hasValue(10);
  }

  private VitalThread start(VitalThread.Turn turn) {
    VitalThread thread = VitalThread.start("vital", turn);
    threads.add(thread);
    return thread;
  }

  private static void fail(String what) throws Exception {
    switch (what) {
      case "memory" -> {
        var _ = new long[Integer.MAX_VALUE];
      }
      case "stack" -> fail(what);
      case "unspeakable" -> throw new Unspeakable();
      case "interrupted" -> throw new InterruptedException();
      default -> throw new Exception("checked");
    }
  }
}
