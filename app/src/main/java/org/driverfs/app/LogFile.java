package org.driverfs.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Where a daemon in the background writes what it would say on standard error. If it never says
/// anything, nothing is left.
final class LogFile implements AutoCloseable {
  private final Path file;
  private final PrintStream console;
  private final PrintStream stream;

  private LogFile(Path file, PrintStream console, PrintStream stream) {
    this.file = file;
    this.console = console;
    this.stream = stream;
  }

  /// From now on, standard error goes to the end of a file.
  static LogFile open(Path file) throws IOException {
    var stream =
        new PrintStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            true,
            StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    var log = new LogFile(file, System.err, stream);
    System.setErr(stream);
    return log;
  }

  @Override
  public void close() throws IOException {
    System.setErr(console);
    stream.close();
    if (Files.size(file) == 0) {
      Files.delete(file);
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
