package org.driverfs.drivers.onewire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.stream.Stream;
import org.driverfs.drivers.testing.DriverHost;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// Debian's owserver with chips that it makes up, on a port of its own. It can end and begin again.
final class RealServer implements AutoCloseable {
  private final List<String> chips;
  private final int port;
  private @Nullable Process process;

  /// @param chips options that say which
  RealServer(String... chips) throws IOException, InterruptedException {
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      boolean isInstalled = new File("/usr/bin/owserver").canExecute();
      Assumptions.assumeTrue(isInstalled, "needs owserver (Debian: apt install owserver)");
    }
    this.chips = List.of(chips);
    this.port = freePort();
    begin();
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Where it listens.
  String address() {
    return "127.0.0.1:" + port;
  }

  /// Starts it, and waits until it listens.
  void begin() throws IOException {
    List<String> command =
        Stream.concat(
                Stream.of("/usr/bin/owserver", "--foreground", "-p", address()), chips.stream())
            .toList();
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process = started;
    await()
        .atMost(DriverHost.LONG)
        .until(() -> {
          assertThat(started.isAlive()).as("owserver lives").isTrue();
          return listens();
        });
  }

  private boolean listens() {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// Kills it.
  void end() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }
}
