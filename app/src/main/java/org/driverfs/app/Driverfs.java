package org.driverfs.app;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command itself: its verbs and what they have in common.
@Command(
    name = "driverfs",
    description = "The devices of this machine as files.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:done", "1:the operation failed", "2:wrong usage"})
final class Driverfs {
  private final Session session;

  @Option(
      names = Places.SOCKET_OPTION,
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The daemon's socket, else that of the environment variable DRIVERFS_SOCKET.")
  private @Nullable Path socket;

  Driverfs(Session session) {
    this.session = session;
  }

  Session session() {
    return session;
  }

  /// The socket that was named.
  @Nullable Path socket() {
    return socket;
  }
}
