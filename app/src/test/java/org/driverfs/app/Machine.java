package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/// The daemon on this machine's real devices, as a process, with a mount of its own; in a network
/// namespace of its own if a test changes the network. Closing it ends all that it has started.
final class Machine implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int SIGKILLED = 137;

  private static final String NAMESPACE = "driverfs-" + ProcessHandle.current().pid();
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();
  private static final String CLASS_PATH = "target/driverfs-app.jar:target/lib/*";

  private final Path directory = Files.createTempDirectory("driverfs-machine");
  private final Path mount = Files.createDirectory(directory.resolve("mnt"));
  private final Path socket = directory.resolve("socket");
  private final Path log = directory.resolve("log");
  private final boolean apart;
  private final List<String> options;
  private Process daemon;
  private boolean isKilled;

  /// @param apart whether it gets a network namespace and a /sys of its own
  /// @param options more for `up`
  Machine(boolean apart, String... options) throws IOException, InterruptedException {
    requireRoot();
    this.apart = apart;
    this.options = List.of(options);
    if (apart) {
      must(new ProcessBuilder("ip", "netns", "add", NAMESPACE));
    }
    daemon = launch();
    awaitReady();
  }

  private Process launch() throws IOException {
    List<String> command = new ArrayList<>();
    if (apart) {
      command.addAll(List.of("ip", "netns", "exec", NAMESPACE));
    }
    command.addAll(List.of(JAVA, "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", CLASS_PATH, "org.driverfs.app.Main", "up"));
    command.addAll(List.of("--mount", mount.toString(), "--socket", socket.toString()));
    command.addAll(options);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private void awaitReady() throws IOException {
    await().atMost(PATIENCE).until(() -> !daemon.isAlive() || log().contains("ready after"));
    assertThat(daemon.isAlive()).as(log()).isTrue();
  }

  /// Kills the daemon, which can do nothing about it.
  void kill() throws IOException, InterruptedException {
    isKilled = true;
    daemon.destroyForcibly();
    assertThat(daemon.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("dies").isTrue();
    assertThat(daemon.exitValue()).isEqualTo(SIGKILLED);
    assertThatLogIsClean(log());
  }

  /// Starts another daemon in the place of the one that was killed.
  void startAgain() throws IOException {
    daemon = launch();
    awaitReady();
    isKilled = false;
  }

  /// Ends the daemon with `down`, after which nothing of it is there.
  void assertDownLeavesNothing() throws IOException, InterruptedException {
    verb("down");
    assertThat(daemon.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ends").isTrue();
    assertThat(daemon.exitValue()).as(log()).isZero();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("mnt", "log");
    assertThat(mount).isEmptyDirectory();
    assertThat(mounts()).doesNotContain(mount.toString());
  }

  private static String mounts() throws IOException {
    return Files.readString(Path.of("/proc/self/mounts"));
  }

  /// Fails where mounts are required, and skips elsewhere, if they cannot be made.
  static void requireRoot() {
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      Assumptions.assumeTrue(
          "root".equals(System.getProperty("user.name")) && Files.exists(Path.of("/dev/fuse")),
          "tests on the real mount need root and /dev/fuse");
    }
  }

  Path mount() {
    return mount;
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /// Runs a shell command where the daemon is, in the mount.
  ///
  /// @return what it printed, its exit status in the last line
  String run(String command) throws IOException, InterruptedException {
    return end(start(command + "; echo \"= $?\""), command);
  }

  private static String end(Process process, String what) throws InterruptedException {
    var output = CompletableFuture.supplyAsync(() -> readAll(process.getInputStream()));
    assertThat(process.waitFor(5 * PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(what).isTrue();
    return output.join();
  }

  /// Starts a shell command where the daemon is, in the mount.
  Process start(String command) throws IOException {
    List<String> all = new ArrayList<>();
    if (apart) {
      all.addAll(List.of("nsenter", "-t", Long.toString(daemon.pid()), "-m", "-n"));
    }
    all.addAll(List.of("/bin/sh", "-c", "cd " + mount + " && { " + command + "; }"));
    return new ProcessBuilder(all).redirectErrorStream(true).start();
  }

  /// Runs a verb of the command line.
  String verb(String... words) throws IOException, InterruptedException {
    return verb(0, words);
  }

  /// Runs a verb that fails.
  String complaint(String... words) throws IOException, InterruptedException {
    return verb(1, words);
  }

  private String verb(int status, String... words) throws IOException, InterruptedException {
    Process process = startVerb(words);
    String output = end(process, String.join(" ", words));
    assertThat(process.exitValue()).as(output).isEqualTo(status);
    return output;
  }

  /// Starts a verb that takes its time.
  Process startVerb(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(JAVA, "-cp", CLASS_PATH, "org.driverfs.app.Main"));
    all.addAll(List.of(words));
    var builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.environment().put("DRIVERFS_SOCKET", socket.toString());
    return builder.start();
  }

  /// One figure of `status`.
  long status(String name) throws IOException, InterruptedException {
    String text = verb("status");
    Matcher line = Pattern.compile("(?m)^" + name + " (\\d+)$").matcher(text);
    assertThat(line.find()).as(text).isTrue();
    return Long.parseLong(line.group(1));
  }

  /// Nobody is counted any more, and the kernel knows nothing but the root, once it has dropped
  /// what it keeps for later.
  void assertAtRest() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> {
          Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2\n");
          assertThat(status("open_files")).as("open files").isZero();
          assertThat(status("inside_drivers")).as("inside drivers").isZero();
          assertThat(status("mount_open_directories")).as("open directories").isZero();
          assertThat(status("mount_pending_notices")).as("pending notices").isZero();
          assertThat(status("mount_known_nodes")).as("known nodes").isEqualTo(1);
        });
    assertThat(status0("kernel_events_rejected")).isZero();
  }

  private long status0(String name) {
    try {
      return status(name);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      end();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while the daemon ends", e);
    }
  }

  private void end() throws IOException, InterruptedException {
    daemon.destroy();
    if (!daemon.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      daemon.destroyForcibly().waitFor();
    }
    if (isKilled && mounts().contains(mount.toString())) {
      must(new ProcessBuilder("umount", "--lazy", mount.toString()));
    }
    if (apart) {
      must(new ProcessBuilder("ip", "netns", "del", NAMESPACE));
    }
    String said = log();
    try (var files = Files.walk(directory)) {
      for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    assertThatLogIsClean(said);
  }

  private static void assertThatLogIsClean(String said) {
    assertThat(said).as("the daemon's log").doesNotContain("Exception", "ERROR");
  }

  private static void must(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.redirectErrorStream(true).start();
    String output = readAll(process.getInputStream());
    assertThat(process.waitFor()).as(builder.command() + ": " + output).isZero();
  }

  private static String readAll(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
