package org.driverfs.app;

import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// On whose behalf a verb runs, and where its words go.
///
/// @param daemon what it is about; null if there is none
/// @param out where the answer goes
/// @param err where complaints go
/// @param terminal whether a person looks at the answer
/// @param directory what names of files are relative to
record Session(
    @Nullable Daemon daemon, PrintStream out, PrintStream err, boolean terminal, String directory) {
  /// Where this process is.
  Session(@Nullable Daemon daemon, PrintStream out, PrintStream err, boolean terminal) {
    this(daemon, out, err, terminal, Path.of("").toAbsolutePath().toString());
  }

  /// The streams of this process, and no daemon.
  static Session ofThisProcess() {
    return new Session(null, System.out, System.err, false);
  }

  /// The daemon.
  ///
  /// @throws DriverfsException ECONNREFUSED without one
  Daemon requireDaemon() {
    if (daemon == null) {
      throw new DriverfsException(
          Errno.ECONNREFUSED, "daemon", "none answers at this socket; `driverfs up` starts one");
    }
    return daemon;
  }

  /// The file that the client means.
  ///
  /// @throws DriverfsException EINVAL if none can be called so here
  Path file(String name) {
    try {
      return Path.of(directory).resolve(name);
    } catch (InvalidPathException e) {
      throw new DriverfsException(
          Errno.EINVAL,
          e.getInput(),
          "is no path in the locale of the daemon: " + e.getReason(),
          e);
    }
  }

  /// Says what went wrong.
  void complain(DriverfsException failure) {
    out.flush();
    err.println("driverfs: " + failure.getMessage());
    err.flush();
  }
}
