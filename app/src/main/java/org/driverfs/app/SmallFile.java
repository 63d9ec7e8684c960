package org.driverfs.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that somebody wrote for the daemon. It may be a pipe, and a path may name a device, which
/// need not have an end; so it is not read beyond what such a file may have.
final class SmallFile {
  private static final int MOST_BYTES = 1 << 20;

  private SmallFile() {}

  /// All of a file.
  ///
  /// @throws IOException if it cannot be read, or has more than 1 MiB
  static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException(file + " has more than " + (MOST_BYTES >> 10) + " KiB");
      }
      return bytes;
    }
  }
}
