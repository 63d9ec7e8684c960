package org.driverfs.lab.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A real daemon, in a network namespace and a mount namespace that end with it, and so does its
/// mount. Seen from outside through /proc.
final class Host implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 60_000;
  private static final long JCMD_SECONDS = 20;

  /// How long to wait for an init.
  static final int INIT_SECONDS = 2;

  /// How long to look whether the classes of a module have gone.
  static final int COLLECT_SECONDS = 1;

  /// Its own network and /sys, a limit of descriptors, then the daemon in the same process.
  private static final String SCRIPT =
      "umount -l /sys; mount -t sysfs sysfs /sys; [ $0 = - ] || ulimit -n $0; exec \"$@\"";

  private final Path directory;
  private final Process daemon;
  private final DaemonLog log;
  private final Thread hook;

  private Host(Path directory, Process daemon, DaemonLog log) {
    this.directory = directory;
    this.daemon = daemon;
    this.log = log;
    this.hook = new Thread(daemon::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Starts one; it answers when this returns.
  ///
  /// @param directory for its socket, mount, jars and log
  static Host start(Path directory, Options options)
      throws IOException, InterruptedException, URISyntaxException {
    Files.createDirectory(directory.resolve("mnt"));
    Files.createDirectory(directory.resolve("path"));
    String config =
        """
        log_level = "warn"
        [modules]
        path = ["%s"]
        init_s = %d
        collect_s = %d
        """
            .formatted(directory.resolve("path"), INIT_SECONDS, COLLECT_SECONDS);
    Files.writeString(directory.resolve("config"), config);
    Process daemon =
        new ProcessBuilder(command(directory, options)).redirectErrorStream(true).start();
    var log = new DaemonLog(daemon.getInputStream(), directory.resolve("log"));
    var host = new Host(directory, daemon, log);
    try {
      host.awaitReady();
      return host;
    } catch (IOException | RuntimeException e) {
      host.close();
      throw e;
    }
  }

  private static List<String> command(Path directory, Options options) throws URISyntaxException {
    Path here = Path.of(Host.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String files = options.files() == null ? "-" : options.files().toString();
    return Stream.of(
            List.of("unshare", "--net", "--mount", "--propagation", "slave"),
            List.of("sh", "-c", SCRIPT, files),
            List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()),
            List.of("-XX:+UseSerialGC", "-Xmx" + options.heap()),
            List.of("-XX:ErrorFile=" + directory.resolve("hs_err"), "-XX:-UsePerfData"),
            List.of("--enable-native-access=ALL-UNNAMED"),
            List.of("-cp", here.resolveSibling("lib") + "/*", "org.driverfs.app.Main", "up"),
            List.of("--mount", directory.resolve("mnt").toString()),
            List.of("--socket", directory.resolve("socket").toString()),
            List.of("--config", directory.resolve("config").toString()))
        .flatMap(List::stream)
        .toList();
  }

  private void awaitReady() throws IOException, InterruptedException {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (!log.has("ready after")) {
      if (!daemon.isAlive() || System.currentTimeMillis() > end) {
        throw new IOException("the daemon does not start: " + log.tail());
      }
      Thread.sleep(20);
    }
  }

  Path socket() {
    return directory.resolve("socket");
  }

  /// The mount as the daemon itself sees it.
  Path mountInside() {
    return directory.resolve("mnt");
  }

  /// The mount as it is seen from here.
  Path mount() {
    return proc("root" + mountInside());
  }

  /// What /proc says of the daemon.
  Path proc(String name) {
    return Path.of("/proc", Long.toString(daemon.pid()), name);
  }

  DaemonLog log() {
    return log;
  }

  boolean isAlive() {
    return daemon.isAlive();
  }

  /// Waits for its end.
  ///
  /// @return the exit status; -1 if it does not end
  int awaitEnd(long seconds) throws InterruptedException {
    return daemon.waitFor(seconds, TimeUnit.SECONDS) ? daemon.exitValue() : -1;
  }

  /// Runs a program where the daemon is.
  ///
  /// @return whether it succeeded
  boolean run(String... words) throws IOException, InterruptedException {
    var all =
        Stream.concat(
            Stream.of("nsenter", "-t", Long.toString(daemon.pid()), "-n"), Stream.of(words));
    Process process =
        new ProcessBuilder(all.toList())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor() == 0;
  }

  /// Asks the JVM of the daemon something.
  String jcmd(String... words) throws IOException, InterruptedException {
    Path answer = Files.createTempFile(directory, "jcmd", "");
    Path jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd");
    var all =
        Stream.concat(Stream.of(jcmd.toString(), Long.toString(daemon.pid())), Stream.of(words));
    Process process =
        new ProcessBuilder(all.toList())
            .redirectErrorStream(true)
            .redirectOutput(answer.toFile())
            .start();
    if (!process.waitFor(JCMD_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    String text = Files.readString(answer, UTF_8);
    Files.delete(answer);
    return text;
  }

  /// Kills it if it is still there; its namespaces and its mount go with it.
  @Override
  public void close() {
    daemon.destroyForcibly();
    try {
      daemon.waitFor();
      log.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
