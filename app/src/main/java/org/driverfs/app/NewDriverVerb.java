package org.driverfs.app;

import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Writes a project to start a driver module from.
@Command(
    name = NewDriverVerb.NAME,
    description = "Writes a Maven project with a driver module and its test, to start from.")
final class NewDriverVerb extends Verb {
  /// It runs where it is asked for: the daemon is somewhere else, and need not be there.
  static final String NAME = "new-driver";

  @Parameters(
      paramLabel = "NAME",
      description = "What the module is called; the directory that is made, too.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path directory;

  @Override
  public Integer call() {
    if (session().daemon() != null) {
      throw new DriverfsException(
          Errno.EINVAL, NAME, "is not for the daemon; say `driverfs new-driver NAME`");
    }
    for (Path file : new DriverProject(directory).write()) {
      session().out().println(file);
    }
    return DONE;
  }
}
