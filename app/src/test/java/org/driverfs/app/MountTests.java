package org.driverfs.app;

import java.nio.file.Files;
import java.nio.file.Path;
import org.driverfs.posix.CurrentProcess;
import org.junit.jupiter.api.Assumptions;

/// Whether tests that mount something can run here. Where `DRIVERFS_REQUIRE_MOUNT` is 1 they run
/// whatever the answer is, and so fail instead of being skipped.
final class MountTests {
  private MountTests() {}

  static void assumePossible() {
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      boolean possible = CurrentProcess.effectiveUser() == 0 && Files.exists(Path.of("/dev/fuse"));
      Assumptions.assumeTrue(possible, "needs root and /dev/fuse");
    }
  }
}
