package org.driverfs.drivers.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Assumptions;

/// A block device of the test's own, in memory: it comes with this and goes with it.
final class Zram implements AutoCloseable {
  private static final Path CONTROL = Path.of("/sys/class/zram-control");

  private final int number;

  Zram() throws IOException {
    Assumptions.assumeTrue(Files.exists(CONTROL), "needs the kernel's zram (modprobe zram)");
    number = Integer.parseInt(Files.readString(CONTROL.resolve("hot_add")).strip());
  }

  String name() {
    return "zram" + number;
  }

  /// Gives it a size, once.
  void size(long bytes) throws IOException {
    Files.writeString(Path.of("/sys/block", name(), "disksize"), bytes + "\n");
  }

  /// Writes to it, past the cache.
  void write(int bytes) throws IOException {
    try (var device =
        FileChannel.open(
            Path.of("/dev", name()), StandardOpenOption.WRITE, StandardOpenOption.DSYNC)) {
      assertThat(device.write(ByteBuffer.allocate(bytes), 0)).isEqualTo(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    Files.writeString(CONTROL.resolve("hot_remove"), number + "\n");
  }
}
