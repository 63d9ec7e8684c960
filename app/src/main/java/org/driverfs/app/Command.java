package org.driverfs.app;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A command of a rule: run without a shell and without input, killed with its children when it
/// takes too long. The beginning of what it says goes to the log.
final class Command {
  private static final System.Logger LOG = System.getLogger("driverfs.rules");
  private static final int MOST_OUTPUT = 4096;

  private Command() {}

  /// Runs a command to its end.
  ///
  /// @param environment besides that of the daemon
  /// @throws DriverfsException ENOENT if it cannot be started; ETIMEDOUT if it was killed; EIO for
  ///   an exit status that is not 0
  static void run(List<String> words, Map<String, String> environment, Duration timeout)
      throws InterruptedException {
    Process process = start(words, environment);
    var output =
        CompletableFuture.supplyAsync(
            () -> read(process),
            work -> Thread.ofPlatform().daemon().name("command-output").start(work));
    try {
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new DriverfsException(
            Errno.ETIMEDOUT,
            words.getFirst(),
            "was killed after %d s, with its children; give it a longer timeout_s"
                .formatted(timeout.toSeconds()));
      }
      String said = output.completeOnTimeout("", 1, TimeUnit.SECONDS).join();
      if (process.exitValue() != 0) {
        throw new DriverfsException(
            Errno.EIO, words.getFirst(), "exit status " + process.exitValue() + ": " + said);
      }
      LOG.log(System.Logger.Level.INFO, "{0}: {1}", words.getFirst(), said);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Process start(List<String> words, Map<String, String> environment) {
    var builder =
        new ProcessBuilder(words)
            .directory(new File("/"))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new DriverfsException(
          Errno.ENOENT, words.getFirst(), "cannot be started: " + e.getMessage(), e);
    }
  }

  /// Reads to the end, so that the command does not wait for a reader, and keeps the beginning.
  private static String read(Process process) {
    try (InputStream from = process.getInputStream()) {
      String beginning = new String(from.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8).strip();
      return from.transferTo(OutputStream.nullOutputStream()) == 0 ? beginning : beginning + "...";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
