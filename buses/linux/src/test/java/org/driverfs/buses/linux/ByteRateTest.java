package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ByteRateTest {
  private final AtomicLong clock = new AtomicLong(-5_000_000_000L);
  private final ByteRate rate = new ByteRate(1000, clock::get);

  @Test
  void look_afterTwoSeconds_isHalfTheDifference() {
    advance(2000);
    assertThat(rate.look(4000)).isEqualTo(1500);
    advance(1000);
    assertThat(rate.look(4000)).isZero();
  }

  @Test
  void look_againAtOnce_givesTheSameAndLosesNothing() {
    advance(1000);
    assertThat(rate.look(2000)).isEqualTo(1000);
    advance(50);
    assertThat(rate.look(9000)).isEqualTo(1000);
    advance(950);
    assertThat(rate.look(9000)).isEqualTo(7000);
  }

  @Test
  void look_counterSetBack_isZero() {
    advance(1000);
    assertThat(rate.look(10)).isZero();
  }

  private void advance(long millis) {
    clock.addAndGet(millis * 1_000_000);
  }
}
