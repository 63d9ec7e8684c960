package org.driverfs.drivers.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// A loop device of the test's own, one that nobody else uses.
final class Loop implements AutoCloseable {
  private final String device;

  /// @param file what it shows; made with that many bytes
  Loop(Path file, long bytes) throws IOException {
    boolean isPossible = Files.exists(Path.of("/dev/loop-control"));
    Assumptions.assumeTrue(isPossible, "needs the kernel's loop devices (modprobe loop)");
    try (var backing = new RandomAccessFile(file.toFile(), "rw")) {
      backing.setLength(bytes);
    }
    device = run("losetup", "--find", "--show", "--partscan", file.toString());
  }

  /// Such as `loop0`.
  String name() {
    return Path.of(device).getFileName().toString();
  }

  @Override
  public void close() throws IOException {
    run("losetup", "--detach", device);
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.onExit().join().exitValue()).as(output).isZero();
    return output;
  }
}
