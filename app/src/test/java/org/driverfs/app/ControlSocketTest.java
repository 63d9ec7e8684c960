package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlSocketTest {
  @TempDir private Path directory;
  private Path file;
  private Daemon daemon;
  private ControlSocket socket;

  @BeforeEach
  void open() {
    file = directory.resolve("socket");
    daemon = new Daemon(Settings.of(new UpOptions(null, file, null, false)));
    socket = ControlSocket.open(file, daemon);
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
  }

  @Test
  void open_socket_isTheOwnersAlone() throws IOException {
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void open_socketThatIsInUse_isRefused() {
    assertRefused(file, Errno.EADDRINUSE);
  }

  @Test
  void open_socketThatWasLeftBehind_isReplaced() throws IOException {
    Path left = directory.resolve("left");
    try (var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(left));
    }
    assertThat(left).exists();

    ControlSocket.open(left, daemon).close();

    assertThat(left).doesNotExist();
  }

  @Test
  void open_fileInTheWay_isRefusedAndKept() throws IOException {
    Path inTheWay = Files.writeString(directory.resolve("file"), "precious");

    assertRefused(inTheWay, Errno.EEXIST);
    assertThat(inTheWay).hasContent("precious");
  }

  @Test
  void open_pathThatIsTooLong_saysSo() {
    assertRefused(directory.resolve("x".repeat(150)), Errno.EIO);
  }

  @Test
  void accept_noise_leavesTheDaemonAlive() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      var noise = new byte[1 + random.nextInt(5000)];
      random.nextBytes(noise);
      send(ByteBuffer.wrap(noise));
    }

    assertThat(ask("ls")).as("seed %d", seed).contains("root");
  }

  @Test
  void accept_clientThatGoesInTheMiddle_leavesTheDaemonAlive() throws IOException {
    var whole = new ByteArrayOutputStream();
    Wire.writeRequest(whole, new Wire.Request(false, List.of("tree")));
    for (int length = 0; length <= whole.size(); length++) {
      send(ByteBuffer.wrap(whole.toByteArray(), 0, length));
    }

    assertThat(ask("ls")).contains("root");
  }

  @Test
  void monitor_clientThatGoes_endsTheVerb() throws Exception {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      Wire.writeRequest(
          Channels.newOutputStream(channel), new Wire.Request(false, List.of("monitor")));
      assertThat(Channels.newInputStream(channel).read()).isEqualTo(Wire.ERR);
      assertThat(verbs()).hasSize(1);
    }

    for (Thread verb : verbs()) {
      verb.join();
    }
  }

  @Test
  void close_socket_removesIt() throws IOException {
    socket.close();

    assertThat(file).doesNotExist();
    assertThat(Client.connect(file)).isEmpty();
  }

  private static List<Thread> verbs() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("verb"))
        .toList();
  }

  private void assertRefused(Path path, Errno errno) {
    assertThatThrownBy(() -> ControlSocket.open(path, daemon))
        .isInstanceOfSatisfying(
            DriverfsException.class, e -> assertThat(e.errno()).isEqualTo(errno))
        .hasMessageContaining(path.toString());
  }

  private void send(ByteBuffer bytes) throws IOException {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("Broken pipe"); // the daemon was faster
    }
  }

  private String ask(String... arguments) {
    var out = new ByteArrayOutputStream();
    Client client = Client.connect(file).orElseThrow();
    assertThat(client.run(new Wire.Request(false, List.of(arguments)), out, out)).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }
}
