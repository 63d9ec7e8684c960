package org.driverfs.lab.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A minute of chaos; `-Dchaos.seed=N` repeats one that was printed.
class ChaosIT {
  private static final long SEED =
      Long.getLong("chaos.seed", System.currentTimeMillis() % 1_000_000);

  @BeforeEach
  void requireRoot() {
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      Assumptions.assumeTrue(
          "root".equals(System.getProperty("user.name")) && Files.exists(Path.of("/dev/fuse")),
          "tests on the real mount need root and /dev/fuse");
    }
  }

  @Test
  void chaos_forAMinute_isNoticedByNobodyElse() throws Exception {
    assertThat(Chaos.run(Options.of(SEED, Duration.ofSeconds(60))))
        .as("chaos of seed %d leaves everybody else alone, as printed above", SEED)
        .isTrue();
  }
}
