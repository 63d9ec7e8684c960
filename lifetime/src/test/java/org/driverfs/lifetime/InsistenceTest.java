package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InsistenceTest {
  private final List<Object> seen = new ArrayList<>();

  @Test
  void take_noMemoryAtFirst_isTriedAgainUntilItIsDone() {
    var attempts = new AtomicInteger();
    Insistence.take(
        () -> {
          if (attempts.incrementAndGet() < 4) {
            throw new OutOfMemoryError("as often as this wants");
          }
          seen.add("done");
        },
        seen::add);
    assertThat(attempts).hasValue(4);
    assertThat(seen).containsExactly("done");
  }

  @Test
  void take_failsOtherwise_isTakenOnceAndTold() {
    var attempts = new AtomicInteger();
    var failure = new Exception("no");
    Insistence.take(
        () -> {
          attempts.incrementAndGet();
          throw failure;
        },
        seen::add);
    assertThat(attempts).hasValue(1);
    assertThat(seen).containsExactly(failure);
  }

  @Test
  void take_neverEnoughMemory_endsAndIsTold() {
    var failure = new OutOfMemoryError("always");
    Insistence.take(
        () -> {
          throw failure;
        },
        seen::add);
    assertThat(seen).containsExactly(failure);
  }

  @Test
  void take_oneStepFails_theNextIsTaken() {
    Insistence.take(
        () -> seen.add("first"),
        () -> {
          throw new AssertionError("rubbish");
        },
        () -> seen.add("last"));
    assertThat(seen).containsExactly("first", "last");
  }
}
