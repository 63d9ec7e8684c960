package org.driverfs.app;

import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Starts the daemon.
@Command(
    name = "up",
    description = "Shows the devices of this machine as files, until Ctrl-C or `driverfs down`.")
final class UpVerb extends Verb {
  @Option(names = Detach.OPTION, description = "In the background; returns when all is ready.")
  @SuppressWarnings("UnusedVariable") // Main looks for it; here it is told of in the help
  private boolean detach;

  @Option(names = Detach.BACKGROUND_OPTION, hidden = true)
  private boolean background;

  @Option(
      names = "--mount",
      paramLabel = "DIR",
      description = "Where the tree is mounted: an empty directory.")
  private @Nullable Path mount;

  @Option(names = "--config", paramLabel = "FILE", description = "A configuration file (TOML).")
  private @Nullable Path config;

  @Override
  public Integer call() throws Exception {
    if (session().daemon() != null) {
      throw new DriverfsException(
          Errno.EBUSY, "driverfs", "a daemon is running already, and you are talking to it");
    }
    return Up.run(session(), new UpOptions(mount, socket(), config, background));
  }
}
