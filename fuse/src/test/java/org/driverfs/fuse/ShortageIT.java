package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.fuse.Mounted.Outcome;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// That a mount which had no memory or no descriptors for a while goes on when it has them again.
@Timeout(180)
class ShortageIT {
  private static final long LONG = 60;
  private static final int CPUS = Runtime.getRuntime().availableProcessors();

  // Only for whether there can be mounts, and for its commands.
  @RegisterExtension final Mounted mounted = new Mounted(new MountOptions("test", false, 4));

  private final List<Process> clients = new ArrayList<>();
  private @Nullable Process machine;
  private @Nullable Path directory;

  @AfterEach
  void endAll() throws Exception {
    clients.forEach(Process::destroyForcibly);
    if (machine != null) {
      machine.getOutputStream().close();
      if (!machine.waitFor(20, TimeUnit.SECONDS)) {
        machine.destroyForcibly().waitFor();
      }
    }
    for (Process client : clients) {
      client.waitFor();
    }
    if (directory != null) {
      mounted.run("umount -l " + directory + " || true");
      Files.delete(directory);
    }
  }

  @Test
  void descriptors_areShortWhileReadersHang_theMountAnswersAndGoesOnAfterwards() throws Exception {
    start("-Xmx64m");
    assertThat(run("cat thing/value").output()).isEqualTo("0\n");
    limit("--nofile=" + lowestFree() + ":");
    for (int i = 0; i < CPUS + 2; i++) {
      begin("exec cat thing/slow");
    }
    await().atMost(Mounted.PATIENCE).until(() -> figure("failures") > 0);
    assertThat(run("timeout 10 ls").output()).as("a worker stays outside").contains("thing");
    limit("--nofile=1024:");
    await()
        .atMost(Mounted.PATIENCE)
        .until(() -> run("timeout 10 cat thing/value").output().equals("0\n"));
    assertThat(order("leave")).isEqualTo("left");
    await().atMost(Mounted.PATIENCE).until(() -> figure("insideDrivers") == 0);
    assertGoesOn();
  }

  /// There is room for no stack, and so for no thread, and none for the buffers of a worker.
  @Test
  void threads_cannotBeStartedWhileReadersHang_theMountGoesOnAfterwards() throws Exception {
    start("-Xint", "-Xmx64m");
    assertThat(run("cat thing/value").output()).isEqualTo("0\n");
    int descriptors = descriptors().size();
    limit("--as=" + (addressSpace() + (1 << 19)) + ":");
    for (int i = 0; i < CPUS + 1; i++) {
      begin("exec cat thing/slow");
    }
    await().atMost(Mounted.PATIENCE).until(() -> figure("failures") > 3);
    assertThat(figure("workers")).as("none is counted that is not there").isEqualTo(CPUS);
    assertThat(descriptors()).as("each failure gives its own back").hasSizeBetween(1, descriptors);
    limit("--as=unlimited:");
    assertThat(run("timeout 10 cat thing/value").output()).isEqualTo("0\n");
    assertThat(order("leave")).isEqualTo("left");
    assertGoesOn();
  }

  @Test
  void memory_isTakenAgainAndAgain_theMountGoesOnAfterwards() throws Exception {
    start("-Xmx32m");
    assertThat(order("churn")).isEqualTo("churning");
    String greedy =
        "end=$(($(date +%s)+8)); while [ $(date +%s) -lt $end ];"
            + " do timeout 20 cat thing/greedy; timeout 20 ls -l; done";
    Process one = begin(greedy);
    Process two = begin(greedy);
    assertThat(one.waitFor(LONG, TimeUnit.SECONDS)).isTrue();
    assertThat(two.waitFor(LONG, TimeUnit.SECONDS)).isTrue();
    assertThat(order("calm")).isEqualTo("calm");
    assertGoesOn();
  }

  private void assertGoesOn() throws Exception {
    assertThat(order("later")).isEqualTo("later");
    assertThat(order("settle")).isEqualTo("settled");
    assertThat(run("timeout 10 ls").output()).contains("later");
    assertThat(run("timeout 10 cat thing/value").output()).isEqualTo("0\n");
    assertThat(order("statistics")).contains("alive=true");
    assertThat(figure("workers")).isGreaterThanOrEqualTo(CPUS);
  }

  private void start(String... options) throws Exception {
    directory = Files.createTempDirectory("driverfs-shortage");
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xlog:disable",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath()));
    command.addAll(List.of(Shortage.class.getName(), directory.toString()));
    machine = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(answer()).isEqualTo("ready");
  }

  private static String classPath() {
    return Stream.of(
            Shortage.class,
            FuseMount.class,
            Tree.class,
            VitalThread.class,
            DriverfsException.class,
            SystemCalls.class)
        .map(ShortageIT::placeOf)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String placeOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private String answer() throws IOException {
    BufferedReader answers = machine().inputReader();
    String line = answers.readLine();
    return line == null ? "nothing: it has ended" : line;
  }

  private String order(String order) throws IOException {
    machine().outputWriter().write(order + "\n");
    machine().outputWriter().flush();
    return answer();
  }

  private int figure(String name) throws IOException {
    String all = order("statistics");
    int begin = all.indexOf(name + "=") + name.length() + 1;
    return Integer.parseInt(all.substring(begin, all.indexOf(',', begin)));
  }

  private Process machine() {
    return Objects.requireNonNull(machine);
  }

  private Process begin(String command) throws IOException {
    Process client = mounted.start("cd " + directory + "; " + command);
    clients.add(client);
    return client;
  }

  private Outcome run(String command) throws Exception {
    return mounted.run("cd " + directory + "; " + command);
  }

  private Set<Integer> descriptors() throws IOException {
    try (Stream<Path> open = Files.list(proc("fd"))) {
      return open.map(each -> Integer.parseInt(each.getFileName().toString()))
          .collect(Collectors.toSet());
    }
  }

  private int lowestFree() throws IOException {
    Set<Integer> used = descriptors();
    return IntStream.iterate(0, i -> i + 1)
        .filter(i -> !used.contains(i))
        .findFirst()
        .orElseThrow();
  }

  /// In bytes.
  private long addressSpace() throws IOException {
    long pages = Long.parseLong(Files.readString(proc("statm")).split(" ", -1)[0]);
    return pages * 4096;
  }

  private Path proc(String file) {
    return Path.of("/proc/" + machine().pid() + "/" + file);
  }

  private void limit(String option) throws Exception {
    assertThat(mounted.run("prlimit --pid " + machine().pid() + " " + option).status()).isZero();
  }
}
