package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VerbsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Daemon daemon =
      new Daemon(Settings.of(new UpOptions(null, Path.of("/nowhere"), null, false)));

  @Test
  void run_unknownVerb_isWrongUsage() {
    assertThat(run("frobnicate")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("frobnicate").contains("--help");
  }

  @Test
  void run_noVerb_isWrongUsage() {
    assertThat(run()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat",
        "get",
        "set",
        "set a",
        "set a 1 b",
        "set --if 0 a 1 b 2",
        "describe a b",
        "snapshot a b",
        "bind",
        "bind a",
        "unbind",
        "ls --no-such-option",
        "ls a b",
        "tree -L x",
        "completion",
        "completion fish",
        "up --mount",
        "up --detach=maybe",
        "up extra",
        "unbind --wait soon a",
        "status extra",
        "settle extra",
        "suspend now",
        "suspend --wait soon",
        "resume now",
        "rules list",
        "rules test",
        "monitor --xml",
        "monitor --since yesterday",
        "down now",
        "new-driver",
        "new-driver a b",
        "insmod",
        "insmod --beside",
        "insmod --beside=maybe a.jar",
        "insmod --no-such-option a.jar",
        "modprobe",
        "modprobe -r",
        "modprobe --no-such-option a",
        "lsmod a",
        "lsmod --no-such-option",
        "modinfo",
        "modinfo a b",
        "rmmod",
        "rmmod --wait",
        "rmmod --revoke=1s",
        "rmmod --json",
        "rmmod a b",
        "rmmod --wait=soon a",
        "rmmod --wait=-1s a",
        "rmmod --wait= a",
        "rmmod --revoke=soon a",
        "rmmod --wait 2s a",
        "rmmod --revoke 2s a",
        "upgrade",
        "upgrade a.jar b.jar",
        "upgrade --wait",
        "upgrade --wait soon a.jar",
        "upgrade --wait=-1s a.jar",
        "upgrade --revoke",
        "upgrade --revoke=1s a.jar",
        "leak",
        "leak a b",
      })
  void run_wrongArguments_isWrongUsage(String arguments) {
    assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
    assertThat(out).hasToString("");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("driverfs: ")
        .contains("--help")
        .doesNotContain("Exception");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "ls --help",
        "up --help",
        "insmod --help",
        "modprobe --help",
        "lsmod --help",
        "modinfo --help",
        "rmmod --help",
        "upgrade --help",
        "leak --help",
        "completion bash",
        "completion zsh"
      })
  void runHere_whatNeedsNoDaemon_works(String arguments) {
    Session session = session(null);

    assertThat(Verbs.runHere(session, List.of(arguments.split(" ", -1)))).isZero();
    assertThat(out.size()).isPositive();
    assertThat(err).hasToString("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tree",
        "ls",
        "cat a",
        "get a",
        "set a b",
        "set a b c d",
        "set --if 0 a b",
        "describe",
        "snapshot",
        "monitor",
        "lsdev",
        "lsdrv",
        "rules",
        "bind a b",
        "unbind a",
        "suspend",
        "resume",
        "settle",
        "status",
        "down",
        "insmod a.jar",
        "insmod --beside a.jar b=1",
        "modprobe a",
        "modprobe -r a",
        "lsmod",
        "modinfo a",
        "modinfo a.jar",
        "rmmod a",
        "rmmod --wait a",
        "rmmod --wait=2s --json a",
        "rmmod --revoke=500ms a",
        "upgrade a.jar",
        "upgrade --revoke a.jar",
        "upgrade --wait 2s --json a.jar",
        "leak a",
      })
  void runHere_whatNeedsTheDaemon_saysHowToStartIt(String arguments) {
    Session session = session(null);

    assertThat(Verbs.runHere(session, List.of(arguments.split(" ", -1)))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("`driverfs up` starts one")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void completion_ofEachShell_knowsEveryVerb(String shell) {
    assertThat(run("completion", shell)).isZero();
    List<String> words = List.of(out.toString(StandardCharsets.UTF_8).split("[^a-z-]+"));
    assertThat(words).containsAll(Verbs.names());
  }

  @Test
  void run_up_saysThatADaemonRuns() {
    assertThat(run("up")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("running already");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat nowhere",
        "ls nowhere",
        "tree nowhere",
        "set nowhere -1",
        "set nowhere 1",
        "set nowhere 1 nowhere 2",
        "set --if 0 nowhere -1",
        "describe nowhere",
        "snapshot -r nowhere",
        "cat nowhere/?describe",
        "unbind nowhere"
      })
  void run_pathThatDoesNotExist_namesItAndTheError(String arguments) {
    assertThat(run(arguments.split(" ", -1))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .matches("driverfs: (root/)?nowhere: does not exist \\(ENOENT\\)\n");
  }

  @Test
  void run_catOfADirectory_isRefused() {
    assertThat(run("cat", "bus")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("(EISDIR)");
  }

  @Test
  void run_lsdev_listsDevicesWithAndWithoutBus() {
    var bus = new Bus("spi");
    daemon.world().model().register(bus);
    var parent = Device.builder("board").build();
    daemon.world().model().register(parent);
    daemon.world().model().register(Device.builder("chip").parent(parent).bus(bus).build());

    assertThat(run("lsdev")).isZero();
    assertThat(out).hasToString("-    board   -       board\nspi  chip    -       board/chip\n");
  }

  @Test
  void run_suspendAndResume_letAllSleepAndWakeThem() {
    assertThat(run("resume")).isEqualTo(1);
    assertThat(run("suspend", "--wait", "1")).isZero();
    assertThat(daemon.world().model().power().state()).isEqualTo("suspended");
    assertThat(run("suspend")).isEqualTo(1);
    assertThat(run("resume")).isZero();
    assertThat(daemon.world().model().power().state()).isEqualTo("on");
    assertThat(err)
        .hasToString(
            """
            driverfs: power: the system is on (EBUSY)
            driverfs: power: the system is suspended (EBUSY)
            """);
  }

  @Test
  void run_lsdevOfUnknownBus_saysSo() {
    assertThat(run("lsdev", "spi")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("spi: is no bus")
        .contains("(ENOENT)");
  }

  @Test
  void run_treeAndLs_showLinks() {
    assertThat(run("tree", "-L", "1")).isZero();
    assertThat(run("ls", "-l")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("├── devices -> root\n")
        .containsPattern("lrwxrwxrwx +\\d+ +\\d+ devices -> root\n");
  }

  private int run(String... arguments) {
    return Verbs.run(session(daemon), List.of(arguments));
  }

  private Session session(@Nullable Daemon of) {
    return new Session(of, stream(out), stream(err), false);
  }

  private static PrintStream stream(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }
}
