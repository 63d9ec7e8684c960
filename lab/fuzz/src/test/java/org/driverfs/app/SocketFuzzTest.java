package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;

/// Whatever comes through the socket of a daemon, a request gets a whole answer with an exit status
/// and without a bug in it, and anything else gets none.
class SocketFuzzTest {
  /// Those that end soon, and touch nothing but the daemon.
  private static final Set<String> HARMLESS =
      Set.of(
          "tree",
          "ls",
          "cat",
          "get",
          "set",
          "describe",
          "snapshot",
          "lsdev",
          "lsdrv",
          "why",
          "rules",
          "bind",
          "unbind",
          "lsmod",
          "rmmod",
          "leak",
          "completion",
          "complete",
          "--help");

  private static final Path SOCKET = open();

  private static Path open() {
    try {
      Path socket = Files.createTempDirectory("driverfs-fuzz").resolve("socket");
      var daemon = new Daemon(Settings.of(new UpOptions(null, socket, null, false)));
      var mtu = new AtomicInteger(1500);
      AttributeSet<Device> attributes =
          AttributeSet.of(
              List.of(
                  Attribute.integer("mtu", 68, 9000)
                      .<Device>readWrite(_ -> mtu.get(), (_, value) -> mtu.set(value)),
                  Attribute.<Device>writeOnly("reset", (_, _) -> {})));
      var type = new DeviceType("nic", attributes);
      daemon.world().model().register(Device.builder("nic").type(type).build());
      ControlSocket.open(socket, daemon);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Timeout(20)
  @FuzzTest
  void accept_anyBytes_isAnsweredOrRefused(byte[] sent) throws IOException {
    Wire.Request request = request(sent);
    if (request != null && !isHarmless(request.arguments())) {
      return;
    }
    byte[] answer = exchange(sent);
    if (request == null) {
      assertThat(answer).isEmpty();
      return;
    }
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var frames = new ByteArrayInputStream(answer);
    assertThat(Wire.copyAnswer(frames, out, err)).isBetween(0, 2);
    assertThat(frames.available()).as("bytes behind the exit status").isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("this is a bug");
  }

  private static Wire.@Nullable Request request(byte[] sent) {
    try {
      return Wire.readRequest(new ByteArrayInputStream(sent));
    } catch (IOException refused) {
      return null;
    }
  }

  private static boolean isHarmless(List<String> arguments) {
    return arguments.isEmpty() || HARMLESS.contains(arguments.getFirst());
  }

  private static byte[] exchange(byte[] sent) throws IOException {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(SOCKET))) {
      for (ByteBuffer left = ByteBuffer.wrap(sent); left.hasRemaining(); ) {
        channel.write(left);
      }
      if (request(sent) == null) {
        channel.shutdownOutput(); // else it waits for the rest
      }
      return Channels.newInputStream(channel).readAllBytes();
    }
  }
}
