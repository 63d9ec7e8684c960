package org.driverfs.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What a person reads when the daemon is ready.
final class Welcome {
  private Welcome() {}

  static String text(Optional<Path> mount, Duration taken, Optional<LogFile> log) {
    String where =
        mount
            .map(path ->
                """
                The devices of this machine are files in %1$s (ready after %2$d ms). Try:
                  ls %1$s/class/net
                  cat %1$s/class/net/lo/mtu
                  driverfs monitor
                """
                    .formatted(path, taken.toMillis()))
            .orElseGet(() ->
                """
                There is no mount, but the verbs work (ready after %d ms). Try:
                  driverfs ls class/net
                  driverfs cat class/net/lo/mtu
                  driverfs monitor
                """
                    .formatted(taken.toMillis()));
    return where
        + log.map(file -> "`driverfs down` ends it. Its log is %s.\n".formatted(file))
            .orElse("Ctrl-C ends it.\n");
  }
}
