package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RefcountedTest {
  private static final class Thing extends Refcounted {
    final AtomicInteger releases = new AtomicInteger();

    @Override
    protected void released() {
      releases.incrementAndGet();
    }
  }

  private final Thing thing = new Thing();

  @Test
  void retire_unused_releasesAtOnce() {
    assertThat(thing.isRetired()).isFalse();
    assertThat(thing.retire()).isTrue();
    assertThat(thing.isRetired()).isTrue();
    assertThat(thing.releases).hasValue(1);
    assertThat(thing.ref()).isFalse();
  }

  @Test
  void retire_used_releasesWithTheLastPut() {
    assertThat(thing.ref()).isTrue();
    assertThat(thing.ref()).isTrue();
    thing.retire();
    thing.unref();
    assertThat(thing.releases).hasValue(0);
    assertThat(thing.references()).isEqualTo(1);
    thing.unref();
    assertThat(thing.releases).hasValue(1);
  }

  @Test
  void retire_twice_answersFalseAndReleasesOnce() {
    assertThat(thing.retire()).isTrue();
    assertThat(thing.retire()).isFalse();
    assertThat(thing.releases).hasValue(1);
  }

  @Test
  void put_withoutGet_isRefused() {
    assertThatIllegalStateException().isThrownBy(thing::unref);
    thing.retire();
    assertThatIllegalStateException().isThrownBy(thing::unref);
    assertThat(thing.releases).hasValue(1);
  }

  /// Two users and a retirement meet at a barrier, many times: whatever the order, one release.
  @Test
  void retire_whileUsersComeAndGo_releasesExactlyOnce() throws Exception {
    int rounds = 20_000;
    var things = new Thing[rounds];
    for (int i = 0; i < rounds; i++) {
      things[i] = new Thing();
    }
    var barrier = new CyclicBarrier(3);
    var outcomes = new ArrayList<Future<?>>();
    try (var threads = Executors.newFixedThreadPool(3)) {
      for (int t = 0; t < 3; t++) {
        boolean retires = t == 0;
        outcomes.add(
            threads.submit(() -> {
              for (Thing each : things) {
                barrier.await();
                if (retires) {
                  each.retire();
                } else if (each.ref()) {
                  assertThat(each.releases).hasValue(0);
                  each.unref();
                }
              }
              return null;
            }));
      }
    }
    for (Future<?> outcome : outcomes) {
      outcome.get();
    }
    assertThat(things)
        .allSatisfy(each -> {
          assertThat(each.releases).hasValue(1);
          assertThat(each.references()).isZero();
        });
  }
}
