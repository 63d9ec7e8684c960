package org.driverfs.app;

import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs the daemon until it is told to end.
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
    Settings settings = Settings.of(mount, socket(), config, background);
    Logging.setLevel(settings.logLevel());
    var daemon = new Daemon(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endWith(daemon), "end"));
    try {
      daemon.start();
      daemon.complaint().ifPresent(session()::complain);
      session().out().print(daemon.welcome());
      session().out().flush();
      if (background) {
        Detach.letGo(session());
      }
      daemon.awaitStop();
    } finally {
      daemon.stop();
    }
    return DONE;
  }

  /// A signal ends a daemon that runs well, and so the exit status is that of success.
  private static void endWith(Daemon daemon) {
    boolean ready = daemon.isReady();
    daemon.stop();
    if (ready) {
      Runtime.getRuntime().halt(DONE);
    }
  }
}
