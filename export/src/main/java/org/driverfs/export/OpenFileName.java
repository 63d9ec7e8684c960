package org.driverfs.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.driverfs.tree.OpenFile;

/// How messages name an open file: its path, who has it open, and for how long.
final class OpenFileName {
  private OpenFileName() {}

  static String of(OpenFile open) {
    return String.format(
        Locale.ROOT,
        "open file %s, %s, %.1f s",
        open.path(),
        client(open.caller().pid()),
        open.age().toNanos() / 1e9);
  }

  /// A process by its number and name, as far as it is known here.
  private static String client(int pid) {
    if (pid == 0) {
      return "an unknown process";
    }
    try {
      return "pid "
          + pid
          + " ("
          + Files.readString(Path.of("/proc/" + pid + "/comm")).strip()
          + ")";
    } catch (IOException _) {
      return "pid " + pid;
    }
  }
}
