package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EchoesTest {
  private static final long MOMENT = Echoes.MOMENT.toNanos();

  private final AtomicLong clock = new AtomicLong(-1);
  private final Echoes echoes = new Echoes(clock::get);

  @Test
  void depth_withinAMoment_isThatOfTheEffectOfTheSameDevice() {
    echoes.acted("sda", 3);
    clock.addAndGet(MOMENT);
    assertThat(echoes.depth("sda")).isEqualTo(3);
    assertThat(echoes.depth("sdb")).isZero();
  }

  @Test
  void depth_later_isForgotten() {
    echoes.acted("sda", 3);
    clock.addAndGet(MOMENT / 2);
    echoes.acted("sdb", 1);
    clock.addAndGet(MOMENT / 2 + 1);
    assertThat(echoes.depth("sda")).isZero();
    assertThat(echoes.depth("sdb")).isEqualTo(1);
    echoes.acted("sdc", 1); // drops what is over
    assertThat(echoes.depth("sdb")).isEqualTo(1);
  }
}
