package org.driverfs.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Way;
import org.driverfs.model.Model;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What `new-driver` writes is compiled, packed and loaded.
@SuppressWarnings("NullAway.Init") // set by JUnit
class NewDriverIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int newDriver(Path project) {
    var session =
        new Session(
            null, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false);
    return Verbs.runHere(session, List.of("new-driver", project.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"led", "my-chip_2", "java", "a-"})
  void newDriver_aGoodName_isAModuleThatWorks(String name) throws Exception {
    Path project = directory.resolve(name);
    assertThat(newDriver(project)).as(err.toString(UTF_8)).isZero();
    Set<Path> files = files(project);
    assertThat(out.toString(UTF_8).lines().map(Path::of).collect(Collectors.toSet()))
        .isEqualTo(files);
    for (Path file : files) {
      assertThat(Files.readString(file)).as(file.toString()).doesNotContain("{{", "${");
    }
    Path jar = pack(project, compile(files, project.resolve("target/classes")));
    useAndUnload(jar, name);
  }

  private static Set<Path> files(Path project) throws IOException {
    try (Stream<Path> all = Files.walk(project)) {
      return all.filter(Files::isRegularFile).collect(Collectors.toSet());
    }
  }

  /// Compiles main and test sources together.
  private static Path compile(Set<Path> files, Path classes) {
    List<String> options =
        List.of(
            "-proc:none", "-Xlint:all,-path", "-Werror", "-d", classes.toString(), "-cp", path());
    Stream<String> sources = files.stream().map(Path::toString).filter(it -> it.endsWith(".java"));
    String[] arguments = Stream.concat(options.stream(), sources).toArray(String[]::new);
    run("javac", arguments);
    return classes;
  }

  /// Where the classes of driverfs and of JUnit are.
  private static String path() {
    return Stream.of("java.class.path", "jdk.module.path")
        .map(System::getProperty)
        .filter(Objects::nonNull)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Path pack(Path project, Path classes) {
    Path jar = directory.resolve("packed.jar");
    Path resources = project.resolve("src/main/resources");
    run(
        "jar",
        "-cf",
        jar.toString(),
        "-C",
        classes.toString(),
        ".",
        "-C",
        resources.toString(),
        ".");
    return jar;
  }

  private static void run(String tool, String... arguments) {
    int status = ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, arguments);
    assertThat(status).as(tool).isZero();
  }

  private static void useAndUnload(Path jar, String name) throws InterruptedException {
    var model = new Model();
    var tree = new Tree();
    Export.of(model, tree);
    try (var modules = new Modules(model, Modules.Options.DEFAULT)) {
      modules.insmod(jar, Map.of());
      model.settle(LONG);
      assertThat(read(tree, "root/" + name + "0/value")).isEqualTo("42\n");
      Receipt receipt = modules.receipts().awaitCollected(modules.rmmod(name, new Way.Try()), LONG);
      assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    }
  }

  private static String read(Tree tree, String path) {
    var file = (org.driverfs.tree.File<?>) tree.resolve(path);
    OpenFile open = tree.openFiles().open(file, OpenMode.READ, Caller.SELF, tree);
    try {
      return new String(open.readAll(), UTF_8);
    } finally {
      tree.openFiles().close(open);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Led", "1led", "le d", "int", "class", "a/..", "a.b", "_", "l\u00e9d"})
  void newDriver_aBadName_isEinvalAndWritesNothing(String name) throws Exception {
    assertThat(newDriver(directory.resolve(name))).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("cannot be the name of a driver", "(EINVAL)");
    assertThat(files(directory)).isEmpty();
  }

  @Test
  void newDriver_isThereAlready_isEexistAndOverwritesNothing() throws Exception {
    Path project = Files.createDirectory(directory.resolve("led"));
    assertThat(newDriver(project)).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("is there already; choose another name (EEXIST)");
    assertThat(files(project)).isEmpty();
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    assertThat(newDriver(directory.resolve("link"))).isEqualTo(1);
    assertThat(err.toString(UTF_8)).hasLineCount(2);
  }

  @Test
  void newDriver_parentIsMissing_isEnoent() {
    assertThat(newDriver(directory.resolve("nowhere/led"))).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("nowhere/led: cannot be made", "(ENOENT)");
  }
}
