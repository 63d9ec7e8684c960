package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.driverfs.lifetime.Lease;
import org.driverfs.model.Module;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The verbs that are about modules, and what they say. Those modules that are loaded here come
/// from no jar.
@Timeout(30)
final class ModuleVerbsTest {
  private static final String MANIFEST = "META-INF/driverfs/module.toml";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path directory;
  private Daemon daemon;

  @BeforeEach
  void prepare() {
    daemon = new Daemon(Settings.of(new UpOptions(null, directory.resolve("s"), null, false)));
  }

  @AfterEach
  void unloadAll() {
    daemon.world().modules().close();
  }

  @Test
  void lsmod_nothingLoaded_printsNothing() {
    assertThat(run("lsmod")).isZero();
    assertThat(out).hasToString("");
    assertThat(err).hasToString("");
  }

  @Test
  void lsmod_modules_areListedWithTheirUses() throws Exception {
    load("amp");
    Module led = load("led");
    try (Lease use = daemon.world().model().host().useCount(led).acquire()) {
      assertThat(use).isNotNull();
      assertThat(run("lsmod")).isZero();
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .matches("amp +1\\.0 +live +0 +-\nled +1\\.0 +live +1 +-\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"insmod", "insmod --beside", "upgrade", "upgrade --revoke", "modinfo"})
  void run_fileThatIsMissing_isNamedWithItsDirectory(String verb) {
    assertFails(
        verb + " missing.jar", directory.resolve("missing.jar") + ": does not exist (ENOENT)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"insmod", "insmod --beside", "upgrade", "upgrade --revoke", "modinfo"})
  void run_fileThatIsNoModule_saysWhatItLacks(String verb) throws IOException {
    Path text = Files.writeString(directory.resolve("text.jar"), "no jar at all");
    Path empty = jar("empty.jar", "readme", "");

    assertFails(verb + " text.jar", text + ": is no jar (ENOEXEC)");
    assertFails(
        verb + " empty.jar", empty + ": is no module: it has no " + MANIFEST + " (ENOEXEC)");
    assertThat(run("lsmod")).isZero();
    assertThat(out).hasToString("");
  }

  @Test
  void modinfo_ofAJar_tellsWhatItsManifestSays() throws IOException {
    Path led =
        jar(
            "led.jar",
            MANIFEST,
            """
            name = "led"
            version = "2.0"
            description = "LEDs"
            depends = ["gpio"]
            aliases = ["gpio:led"]
            [[parameter]]
            name = "dim"
            type = "boolean"
            default = "1"
            description = "whether they glow"
            """);

    assertThat(run("modinfo", "led.jar")).isZero();
    assertThat(out)
        .hasToString(
            """
            name: led
            version: 2.0
            state: unloaded
            file: %s
            description: LEDs
            depends: gpio
            alias: gpio:led
            parameter: dim, boolean (1): whether they glow
            """
                .formatted(led));
  }

  /// The client may stand where nothing can be called so in the locale of the daemon.
  @Test
  void insmod_fromADirectoryThatCannotBe_saysSo() {
    var nowhere = new Session(daemon, stream(out), stream(err), false, "/\0");
    for (String verb : List.of("insmod", "upgrade", "modinfo")) {
      err.reset();
      assertThat(Verbs.run(nowhere, List.of(verb, "led.jar"))).as(verb).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("is no path in the locale of the daemon")
          .endsWith("(EINVAL)\n");
    }
  }

  @Test
  void insmod_jarWithoutAService_isRefusedAndLeavesNothing() throws IOException {
    jar("led.jar", MANIFEST, "name = \"led\"\nversion = \"2.0\"\n");

    assertFails(
        "insmod led.jar",
        "module led: init: has no service org.driverfs.model.spi.DriverModule (ENOEXEC)");
    assertThat(run("lsmod")).isZero();
    assertThat(out).hasToString("");
  }

  @Test
  void insmodAndUpgrade_ofWhatIsThereOrIsNot_areRefused() throws Exception {
    jar("led.jar", MANIFEST, "name = \"led\"\nversion = \"1.0\"\n");
    String notLoaded = "module led: is not loaded; none is (ENOENT)";
    assertFails("upgrade led.jar", notLoaded);
    assertFails("upgrade --revoke led.jar", notLoaded);
    load("led");

    assertFails("insmod led.jar", "module led: ");
    assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("(EEXIST)\n");
    String inThisVersion = "module led@1.0: is loaded in this version (EEXIST)";
    assertFails("insmod --beside led.jar", inThisVersion);
    assertFails("upgrade led.jar", inThisVersion);
    assertFails("upgrade --revoke led.jar", inThisVersion);
  }

  @ParameterizedTest
  @ValueSource(strings = {"insmod a.jar", "modprobe a"})
  void run_wordThatIsNoParameter_showsHowToWriteOne(String start) {
    String message = "is no parameter; write it as NAME=VALUE (EINVAL)";
    assertFails(start + " speed", "speed: " + message);
    assertFails(start + " speed=1 =2", "=2: " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "rmmod led, is not loaded; none is (ENOENT)",
    "rmmod --wait led, is not loaded; none is (ENOENT)",
    "rmmod --revoke=1s led, is not loaded; none is (ENOENT)",
    "rmmod --json led, is not loaded; none is (ENOENT)",
    "modprobe -r led, is not loaded; none is (ENOENT)",
    "modprobe led, is in none of the directories",
    "modinfo led, 'is not loaded, and in none of the directories'",
    "leak led, has no receipt: it was not unloaded lately (ENOENT)"
  })
  void run_moduleThatIsUnknown_isNamed(String arguments, String message) {
    assertFails(arguments, "module led: " + message);
    assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("(ENOENT)\n");
  }

  @Test
  void rmmod_unknown_namesThoseThatAreLoaded() throws Exception {
    load("amp");
    load("led");

    assertFails("rmmod lde", "module lde: is not loaded; these are: [amp, led] (ENOENT)");
  }

  @Test
  void modinfo_loadedFromNoJar_tellsNameVersionAndState() throws Exception {
    load("led");

    assertThat(run("modinfo", "led")).isZero();
    assertThat(out).hasToString("name: led\nversion: 1.0\nstate: live\n");
  }

  @ParameterizedTest
  @CsvSource({
    "rmmod, in use: ",
    "rmmod --wait=30ms, 'can be used again, because it was still in use after 0.03 s: '",
    "modprobe -r, in use: "
  })
  void rmmod_inUse_staysAndSaysSo(String verb, String message) throws Exception {
    Module led = load("led");
    try (Lease use = daemon.world().model().host().useCount(led).acquire()) {
      assertThat(use).isNotNull();
      assertFails(verb + " led", "module led: " + message);
      assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("(EBUSY)\n");
      assertThat(led.state()).isEqualTo(Module.State.LIVE);
    }
    assertThat(run("rmmod", "led")).isZero();
    assertThat(led.state()).isEqualTo(Module.State.UNLOADED);
  }

  @Test
  void rmmod_revokeOfAModuleInUse_saysThatItGoes() throws Exception {
    Module led = load("led");
    try (Lease use = daemon.world().model().host().useCount(led).acquire()) {
      assertThat(use).isNotNull();
      assertFails(
          "rmmod --revoke=30ms led", "module led: is going, and its receipt follows; waiting for");
      assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("(ETIMEDOUT)\n");
      assertFails("rmmod led", "module led: is going already; waiting for");
      assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("(EBUSY)\n");
      assertThat(run("lsmod")).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8)).matches("led +1\\.0 +going +1 +-\n");
    }
    await().until(() -> led.state() == Module.State.UNLOADED);
  }

  @ParameterizedTest
  @CsvSource({
    "rmmod, try",
    "rmmod --wait, wait",
    "rmmod --wait=1s, wait",
    "rmmod --revoke, revoke"
  })
  void rmmod_idle_printsTheReceiptAsTextOrJson(String verb, String way) throws Exception {
    load("led");
    assertThat(run((verb + " led").split(" ", -1))).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("receipt 1: module led 1.0, generation 1\nway: " + way + ", at ")
        .contains("left behind: nothing");
    out.reset();
    load("led");
    assertThat(run((verb + " --json led").split(" ", -1))).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith(
            "{\"receipt\":2,\"module\":\"led\",\"version\":\"1.0\",\"generation\":2,\"way\":\""
                + way
                + "\",")
        .contains("\"users\":[],", "\"forced\":[],\"left\":[],")
        .endsWith("}\n")
        .hasLineCount(1);
    assertThat(err).hasToString("");
  }

  @Test
  void leak_unloadedAndNothingKept_saysSo() throws Exception {
    load("led");
    assertThat(run("rmmod", "led")).isZero();
    out.reset();

    assertThat(run("leak", "led")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("nothing holds it: ");
  }

  private Path jar(String name, String entry, String content) throws IOException {
    Path jar = directory.resolve(name);
    try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return jar;
  }

  private Module load(String name) throws InterruptedException {
    var loaded = new Module[1];
    daemon.world().modules().load(name, "1.0", context -> loaded[0] = context.module());
    return loaded[0];
  }

  private void assertFails(String arguments, String message) {
    err.reset();
    assertThat(run(arguments.split(" ", -1))).as(arguments).isEqualTo(1);
    assertThat(out).hasToString("");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("driverfs: " + message)
        .hasLineCount(1);
  }

  private int run(String... arguments) {
    return Verbs.run(
        new Session(daemon, stream(out), stream(err), false, directory.toString()),
        List.of(arguments));
  }

  private static PrintStream stream(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }
}
