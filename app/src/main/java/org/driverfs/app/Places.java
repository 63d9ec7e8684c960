package org.driverfs.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Where things are on this machine when nobody says otherwise. The client uses it too, so it loads
/// little.
final class Places {
  /// The option that names the socket, for every verb.
  static final String SOCKET_OPTION = "--socket";

  /// The variable of the environment that names the socket.
  static final String SOCKET_VARIABLE = "DRIVERFS_SOCKET";

  /// The name of the usual directory of socket, lock and log.
  static final String DIRECTORY = "driverfs.d";

  private Places() {}

  /// Where the tree is mounted.
  static Path mount() {
    return runtimeDirectory().resolve("driverfs");
  }

  /// The socket of the daemon, beside its lock and log in a directory that is the owner's alone.
  static Path socket() {
    String named = System.getenv(SOCKET_VARIABLE);
    return named == null || named.isEmpty()
        ? runtimeDirectory().resolve(DIRECTORY, "socket")
        : Path.of(named).toAbsolutePath();
  }

  /// The socket that a command line names, or else the usual one.
  static Path socket(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--")) {
        break;
      }
      if (argument.equals(SOCKET_OPTION) && i + 1 < arguments.size()) {
        return Path.of(arguments.get(i + 1)).toAbsolutePath();
      }
      if (argument.startsWith(SOCKET_OPTION + "=")) {
        return Path.of(argument.substring(SOCKET_OPTION.length() + 1)).toAbsolutePath();
      }
    }
    return socket();
  }

  /// Where a daemon in the background writes what it would say.
  static Path log(Path socket) {
    return beside(socket, ".log");
  }

  /// What a daemon locks while it uses a socket.
  static Path lock(Path socket) {
    return beside(socket, ".lock");
  }

  /// Whether this process may do what root may.
  static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted", e);
    }
  }

  private static Path beside(Path socket, String suffix) {
    return socket.resolveSibling(socket.getFileName() + suffix);
  }

  private static Path runtimeDirectory() {
    if (isRoot()) {
      return Path.of("/run");
    }
    String directory = System.getenv("XDG_RUNTIME_DIR");
    if (directory == null || directory.isEmpty()) {
      throw new DriverfsException(
          Errno.ENOENT, "XDG_RUNTIME_DIR", "is not set; set it, or give --mount and --socket");
    }
    return Path.of(directory);
  }
}
