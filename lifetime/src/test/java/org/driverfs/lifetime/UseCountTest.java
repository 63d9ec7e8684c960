package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.driverfs.lifetime.UseCount.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class UseCountTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final UseCount count = new UseCount();

  @Test
  void enter_live_isCountedUntilItLeaves() {
    int stripe = count.enter();
    assertThat(count.users()).isEqualTo(1);
    count.leave(stripe);
    assertThat(count.users()).isZero();
  }

  /// Whoever leaves must know the stripe again that it has entered on.
  @Test
  void enterAt_aHint_givesTheStripeOfThatHint() {
    for (int hint : new int[] {0, 1, 2, 3, 1 << 16, 2 << 16, -1}) {
      assertThat(count.enterAt(hint)).isEqualTo(UseCount.stripeOf(hint));
    }
    assertThat(UseCount.stripeOf(0)).isZero();
    assertThat(UseCount.stripeOf(1)).isEqualTo(1);
    assertThat(UseCount.stripeOf(1 << 16)).isEqualTo(1);
    assertThat(UseCount.stripeOf(1 << 16 | 1)).isZero();
    assertThat(UseCount.stripeOf(-1)).isBetween(0, Counters.STRIPES - 1);
  }

  /// Those that were made one after another share an array.
  @Test
  void enter_ofManyCounts_eachIsCountedByItself() {
    List<UseCount> counts = Stream.generate(UseCount::new).limit(200).toList();
    for (int i = 0; i < counts.size(); i++) {
      for (int hint = 0; hint <= i; hint++) {
        counts.get(i).enterAt(hint);
      }
    }
    for (int i = 0; i < counts.size(); i++) {
      assertThat(counts.get(i).users()).isEqualTo(i + 1);
    }
    assertThat(Stream.generate(Counters::take).limit(200).map(place -> place.counters).distinct())
        .as("arrays")
        .hasSizeBetween(3, 5);
  }

  @Test
  void tryClose_unused_refusesFromThenOn() {
    assertThat(count.tryClose()).isTrue();
    assertThat(count.enter()).isEqualTo(UseCount.REFUSED);
    assertThat(count.acquire()).isNull();
    assertThat(count.users()).isZero();
    count.closed();
    assertThat(count.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void tryClose_closingOrClosed_isRefused() throws InterruptedException {
    assertThat(count.tryClose()).isTrue();
    assertThat(count.tryClose()).isFalse();
    count.closed();
    assertThat(count.tryClose()).isFalse();
    assertThat(count.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void close_again_isTrueUntilItIsClosed() throws InterruptedException {
    assertThat(count.close(LONG)).isTrue();
    assertThat(count.close(Duration.ZERO)).isTrue();
    count.closed();
    assertThat(count.close(LONG)).isFalse();
  }

  @Test
  void close_fromTwoThreads_oneWaitsAndTheOtherIsRefused() throws Exception {
    int stripe = count.enter();
    var waiting = new FutureTask<>(() -> count.close(LONG));
    Thread closer = Thread.ofPlatform().start(waiting);
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(count.close(LONG)).isFalse();
    closer.interrupt();
    assertThatThrownBy(waiting::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(count.state()).isEqualTo(State.CLOSING);
    count.leave(stripe);
    assertThat(count.close(LONG)).isTrue();
  }

  /// Both have come during a try, and wait for its outcome: then one is the closer.
  @Test
  @Timeout(10) // less than they would wait
  void close_fromTwoThreadsInDoubt_oneWaitsAndTheOtherIsRefused() throws Exception {
    int stripe = count.enter();
    state(State.DOUBT);
    List<FutureTask<Boolean>> closings = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      var closing = new FutureTask<>(() -> count.close(LONG));
      Thread closer = Thread.ofPlatform().start(closing);
      while (closer.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      closings.add(closing);
    }
    synchronized (count) {
      state(State.LIVE);
      count.notifyAll();
    }
    while (closings.stream().noneMatch(FutureTask::isDone)) {
      Thread.onSpinWait();
    }
    count.leave(stripe);
    assertThat(List.of(closings.get(0).get(), closings.get(1).get()))
        .containsExactlyInAnyOrder(true, false);
    count.closed();
  }

  /// As if a try were in its sum, or had ended.
  private void state(State now) throws ReflectiveOperationException {
    Field state = UseCount.class.getDeclaredField("state");
    state.setAccessible(true);
    state.set(count, now);
  }

  @Test
  void isDrained_onlyWhileNobodyIsInAndNobodyCanCome() throws InterruptedException {
    int stripe = count.enter();
    assertThat(count.isDrained()).isFalse();
    assertThat(count.close(Duration.ZERO)).isFalse();
    assertThat(count.isDrained()).isFalse();
    assertThat(count).hasToString("CLOSING, 1 users");
    count.leave(stripe);
    assertThat(count.isDrained()).isTrue();
    count.closed();
    assertThat(count.isDrained()).isFalse();
  }

  @Test
  void tryClose_used_leavesItLive() {
    try (Lease _ = Objects.requireNonNull(count.acquire())) {
      assertThat(count.tryClose()).isFalse();
      assertThat(count.state()).isEqualTo(State.LIVE);
    }
    assertThat(count.users()).isZero();
  }

  @Test
  void close_used_waitsForTheLastOne() throws Exception {
    int stripe = count.enter();
    var closed = new CompletableFuture<Boolean>();
    Thread closer =
        Thread.startVirtualThread(() -> {
          try {
            closed.complete(count.close(LONG));
          } catch (InterruptedException e) {
            closed.completeExceptionally(e);
          }
        });
    while (count.state() != State.CLOSING) {
      Thread.onSpinWait();
    }
    count.enterUnder(stripe);
    count.leave(stripe);
    assertThat(closed).isNotDone();
    count.leave(stripe);
    assertThat(closed.get()).isTrue();
    closer.join();
  }

  @Test
  void close_deadlinePassed_canBeReopened() throws Exception {
    int stripe = count.enter();
    assertThat(count.close(Duration.ofMillis(1))).isFalse();
    assertThat(count.state()).isEqualTo(State.CLOSING);
    assertThat(count.enter()).isEqualTo(UseCount.REFUSED);
    assertThat(count.reopen()).isTrue();
    count.leave(stripe);
    assertThat(count.enter()).isNotEqualTo(UseCount.REFUSED);
  }

  @Test
  void closed_whileUsed_isRefused() {
    assertThatIllegalStateException().isThrownBy(count::closed);
    int stripe = count.enter();
    assertThatIllegalStateException().isThrownBy(count::closed);
    count.leave(stripe);
  }

  /// Somebody is refused, and so is counted for a moment, just when the count is closed for good.
  @Test
  void closed_whileOneIsRefused_isNotDisturbed() {
    assertThat(count.tryClose()).isTrue();
    count.enterUnder(0);
    count.closed();
    count.leave(0);
    assertThat(count.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void closed_afterReopen_isRefused() {
    assertThat(count.tryClose()).isTrue();
    assertThat(count.reopen()).isTrue();
    assertThatIllegalStateException().isThrownBy(count::closed);
  }

  /// Otherwise the one who waits would answer true, and users could come.
  @Test
  void reopen_whileSomebodyWaits_isRefused() throws Exception {
    int stripe = count.enter();
    var closed = new CompletableFuture<Boolean>();
    Thread closer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                closed.complete(count.close(LONG));
              } catch (InterruptedException e) {
                closed.completeExceptionally(e);
              }
            });
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(count.reopen()).isFalse();
    count.leave(stripe);
    assertThat(closed.get()).isTrue();
    closer.join();
    assertThat(count.reopen()).isTrue();
  }

  /// A try that is counting leaves the state for a moment; who closes meanwhile waits for it.
  @Test
  void close_whileOthersTry_becomesClosing() throws Exception {
    int stripe = count.enter();
    var stop = new CountDownLatch(1);
    Thread trier =
        Thread.ofPlatform()
            .start(() -> {
              while (stop.getCount() > 0) {
                count.tryClose();
              }
            });
    for (int i = 0; i < 50_000; i++) {
      count.close(Duration.ZERO);
      assertThat(count.reopen()).isTrue();
    }
    stop.countDown();
    trier.join();
    count.leave(stripe);
  }

  @Test
  void lease_closedTwice_isCountedOnce() {
    Lease lease = Objects.requireNonNull(count.acquire());
    lease.close();
    lease.close();
    assertThat(count.users()).isZero();
  }

  /// Tries that must fail, because one user is always inside, disturb no acquirer.
  @Test
  void tryClose_failing_makesNoAcquirerFail() throws Exception {
    int holder = count.enter();
    var stop = new CountDownLatch(1);
    var refusals = new CompletableFuture<Integer>();
    Thread acquirer =
        Thread.ofPlatform()
            .start(() -> {
              int refused = 0;
              while (stop.getCount() > 0) {
                int stripe = count.enter();
                if (stripe == UseCount.REFUSED) {
                  refused++;
                } else {
                  count.leave(stripe);
                }
              }
              refusals.complete(refused);
            });
    for (int i = 0; i < 200_000; i++) {
      assertThat(count.tryClose()).isFalse();
    }
    stop.countDown();
    assertThat(refusals.get()).isZero();
    acquirer.join();
    count.leave(holder);
    assertThat(count.users()).isZero();
  }
}
