package org.driverfs.app;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParentCommand;

/// What a verb has: who asked.
abstract class Verb implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Driverfs driverfs;

  final Session session() {
    return driverfs.session();
  }

  /// The socket that the command line names.
  final @Nullable Path socket() {
    return driverfs.socket();
  }

  final Daemon daemon() {
    return session().requireDaemon();
  }
}
