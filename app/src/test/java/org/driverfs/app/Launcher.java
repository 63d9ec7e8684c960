package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The launcher at the root of the source tree, run as a person would, with a socket, a mount point
/// and processes of the test's own.
final class Launcher {
  private static final Path COMMAND = Path.of("..", "driverfs").toAbsolutePath().normalize();
  private static final long DEADLINE_SECONDS = 120;

  /// What a command has said.
  record Result(int status, String out, String err) {}

  private final Path directory;
  private final List<Process> started = new ArrayList<>();

  Launcher(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(mount());
  }

  Path mount() {
    return directory.resolve("mount");
  }

  Path socket() {
    return directory.resolve("socket");
  }

  /// Runs a command to its end.
  Result run(String... arguments) throws Exception {
    return runPrefixed(List.of(), arguments);
  }

  /// Runs a command to its end, in a world that other commands make for it.
  Result runPrefixed(List<String> prefix, String... arguments) throws Exception {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    Process process =
        builder(prefix, arguments).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
    var result = new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    Files.delete(out);
    Files.delete(err);
    return result;
  }

  /// Starts a daemon in the foreground, and returns when it says that it is ready.
  Process up(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("up", "--mount", mount().toString()));
    all.addAll(List.of(arguments));
    Process process = start(all.toArray(String[]::new));
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).contains(mount().toString());
    return process;
  }

  /// Starts a command that runs on.
  Process start(String... arguments) throws IOException {
    Process process = builder(List.of(), arguments).start();
    started.add(process);
    return process;
  }

  private ProcessBuilder builder(List<String> prefix, String... arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(COMMAND.toString());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put(Places.SOCKET_VARIABLE, socket().toString());
    return builder;
  }

  /// Ends what is still there.
  void end() throws Exception {
    run("down");
    for (Process process : started) {
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
