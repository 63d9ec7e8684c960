package org.driverfs.lab.chaos.driver;

import java.nio.file.Files;
import java.nio.file.Path;

/// Whether all chaos is to end: a file says so by being there. It is looked for 20 times a second
/// at most, however many ask.
final class Stop {
  private static final long PAUSE = 50_000_000;

  private final Path file;
  private volatile long next = System.nanoTime();
  private volatile boolean isSaid;

  Stop(Path file) {
    this.file = file;
  }

  boolean isSaid() {
    long now = System.nanoTime();
    if (!isSaid && now - next >= 0) {
      next = now + PAUSE;
      isSaid = Files.exists(file);
    }
    return isSaid;
  }
}
