package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.driverfs.app.Launcher.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole command, from the launcher to the mount, as a person uses it.
final class DaemonIT {
  private static final int SIGKILLED = 137;

  @TempDir private Path directory;
  private Launcher driverfs;

  @BeforeEach
  void prepare() throws Exception {
    MountTests.assumePossible();
    driverfs = new Launcher(directory);
  }

  @AfterEach
  void end() throws Exception {
    if (driverfs != null) {
      driverfs.end();
    }
  }

  @Test
  void up_detached_returnsWhenTheMountIsUsableAndDownLeavesNothing() throws Exception {
    Result up = driverfs.run("up", "--detach", "--mount", driverfs.mount().toString());

    assertThat(up.status()).as(up.err()).isZero();
    assertThat(up.out()).contains(driverfs.mount().toString()).contains("socket.log");
    assertThat(loopbackMtu()).isEqualTo(Files.readString(Path.of("/sys/class/net/lo/mtu")));
    assertThat(driverfs.run("cat", "class/net/lo/mtu").out()).isEqualTo(loopbackMtu());
    assertThat(driverfs.run("cat", driverfs.mount() + "/class/net/lo/mtu").out())
        .isEqualTo(loopbackMtu());
    assertThat(driverfs.run("status").out()).containsPattern("(?m)^start_ms \\d+$");
    assertThat(driverfs.run("down").status()).isZero();
    assertNothingLeft();
  }

  /// Whoever reads what `up` says hears its end.
  @Test
  void up_detached_holdsOnToNoneOfTheCallersStreams() throws Exception {
    Process up = driverfs.start("up", "--detach", "--mount", driverfs.mount().toString());

    assertThat(up.waitFor()).isZero();
    var end =
        CompletableFuture.supplyAsync(() -> {
          try {
            return up.getInputStream().readAllBytes().length
                + up.getErrorStream().readAllBytes().length;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(end.get(20, TimeUnit.SECONDS)).isPositive();
    assertThat(driverfs.run("down").status()).isZero();
  }

  @Test
  void up_second_namesTheFirst() throws Exception {
    Process first = driverfs.up();

    Result second = driverfs.run("up", "--detach", "--mount", driverfs.mount().toString());

    assertThat(second.status()).isEqualTo(1);
    assertThat(second.err()).contains("process " + first.pid()).hasLineCount(1);
    assertThat(first.isAlive()).isTrue();
  }

  @Test
  void up_secondElsewhereOnTheSameMountPoint_saysThatItIsMounted() throws Exception {
    driverfs.up();

    Result second =
        driverfs.run(
            "up", "--mount", driverfs.mount().toString(), "--socket", directory + "/other");

    assertThat(second.status()).isEqualTo(1);
    assertThat(second.err()).contains("(EBUSY)").contains("mounted already").hasLineCount(1);
  }

  @Test
  void up_terminatedWithFilesOpen_unmountsAndExitsWithSuccess() throws Exception {
    Process daemon = driverfs.up();

    Path open = driverfs.mount().resolve("class/net/lo/mtu");
    Process holder = new ProcessBuilder("sleep", "1000").redirectInput(open.toFile()).start();
    try {
      daemon.toHandle().destroy();
      assertThat(daemon.waitFor()).isZero();
      assertNothingLeft();
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  @Test
  void up_afterTheDaemonWasKilled_clearsWhatItLeft() throws Exception {
    Process daemon = driverfs.up();
    daemon.toHandle().destroyForcibly();
    assertThat(daemon.waitFor()).isEqualTo(SIGKILLED);
    assertThat(driverfs.socket()).exists();

    assertThat(driverfs.run("ls").err()).contains("`driverfs up` starts one");
    driverfs.up();

    assertThat(loopbackMtu()).isNotEmpty();
    assertThat(driverfs.run("down").status()).isZero();
    assertNothingLeft();
  }

  @Test
  void up_unmountedFromOutside_ends() throws Exception {
    Process daemon = driverfs.up();

    new ProcessBuilder("umount", driverfs.mount().toString()).inheritIO().start().waitFor();

    assertThat(daemon.waitFor()).isZero();
    assertNothingLeft();
  }

  @Test
  void up_mountPointThatCannotBe_saysWhyAndLeavesNothing() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    Path full = Files.createDirectory(directory.resolve("full"));
    Files.writeString(full.resolve("precious"), "");

    assertUpFails("(ENOENT)", "--mount", directory + "/missing");
    assertUpFails("(ENOTDIR)", "--mount", file.toString());
    assertUpFails("(ENOTEMPTY)", "--mount", full.toString());
    assertUpFails("(EBUSY)", "--mount", "/proc");
    assertThat(full.resolve("precious")).exists();
  }

  @Test
  void up_configurationThatIsWrong_tellsWhereAndStartsNothing() throws Exception {
    Path config = Files.writeString(directory.resolve("c.toml"), "\nmuont = 1\n");

    assertUpFails(config + ":2:1: ", "--config", config.toString());
    assertUpFails("missing.toml", "--config", directory + "/missing.toml");
    assertThat(driverfs.run("up", "--no-such-option").status()).isEqualTo(2);
  }

  @Test
  void up_socketThatCannotBe_saysWhyAndLeavesNothing() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "precious");
    String mount = driverfs.mount().toString();

    assertUpFails("(EEXIST)", "--mount", mount, "--socket", file.toString());
    assertUpFails("(ENOENT)", "--mount", mount, "--socket", directory + "/missing/socket");
    assertThat(file).hasContent("precious");
  }

  @Test
  void up_withoutDevFuse_saysSoAndServesTheVerbs() throws Exception {
    Path dev = Files.createDirectory(directory.resolve("dev"));
    String script =
        """
        mount --rbind /dev '%1$s' && mount -t tmpfs none /dev
        for f in null zero random urandom; do
          touch /dev/$f && mount --bind '%1$s'/$f /dev/$f
        done
        exec "$0" "$@"
        """
            .formatted(dev);
    List<String> apart = List.of("unshare", "-m", "--propagation", "private", "sh", "-c", script);

    Result up =
        driverfs.runPrefixed(apart, "up", "--detach", "--mount", driverfs.mount().toString());

    assertThat(up.status()).as(up.err()).isZero();
    assertThat(up.err()).contains("/dev/fuse: is missing").hasLineCount(1);
    assertThat(driverfs.run("cat", "class/net/lo/mtu").out()).isNotEmpty();
    assertThat(driverfs.run("cat", "root/virtual/net/lo/mtu").out())
        .isEqualTo(Files.readString(Path.of("/sys/class/net/lo/mtu")));
    assertThat(driverfs.run("status").out()).contains("mount none");
  }

  @Test
  void monitor_change_isShownAsJson() throws Exception {
    driverfs.run("up", "--detach", "--mount", driverfs.mount().toString());
    Process monitor = driverfs.start("monitor", "--json");
    assertThat(monitor.errorReader(StandardCharsets.UTF_8).readLine()).contains("after event");

    driverfs.run("unbind", "class/net/lo");
    String unbind = firstLine(monitor.inputReader(StandardCharsets.UTF_8).lines(), "\"unbind\"");

    assertThat(unbind).contains("\"path\":\"virtual/net/lo\"").contains("\"DRIVER\":\"netif\"");
    assertThat(driverfs.run("bind", "netif", "class/net/lo").status()).isZero();
    assertThat(driverfs.run("down").status()).isZero();
    monitor.waitFor();
  }

  private static String firstLine(Stream<String> lines, String what) {
    return lines.filter(line -> line.contains(what)).findFirst().orElseThrow();
  }

  private String loopbackMtu() throws Exception {
    return Files.readString(driverfs.mount().resolve("class/net/lo/mtu"));
  }

  private void assertUpFails(String message, String... options) throws Exception {
    String[] arguments = Stream.concat(Stream.of("up"), Stream.of(options)).toArray(String[]::new);
    Result up = driverfs.run(arguments);
    assertThat(up.status()).isEqualTo(1);
    assertThat(up.err()).startsWith("driverfs: ").contains(message).hasLineCount(1);
    assertThat(driverfs.socket()).doesNotExist();
  }

  private void assertNothingLeft() throws Exception {
    assertThat(driverfs.socket()).doesNotExist();
    assertThat(Places.lock(driverfs.socket())).doesNotExist();
    assertThat(Places.log(driverfs.socket())).doesNotExist();
    assertThat(driverfs.mount()).isEmptyDirectory();
    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(directory.toString());
  }
}
