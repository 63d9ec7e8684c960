package org.driverfs.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.driverfs.fuse.FuseMount;
import org.jspecify.annotations.Nullable;

/// Where the tree is mounted: a directory that somebody names, which must be there, or the usual
/// one, which is made and removed again.
final class MountDirectory implements AutoCloseable {
  private final Path path;
  private final boolean usual;

  private MountDirectory(Path path, boolean usual) {
    this.path = path;
    this.usual = usual;
  }

  /// Prepares the directory, and clears a mount that a killed daemon has left there.
  ///
  /// @param named null for [Places#mount]
  static MountDirectory prepare(@Nullable Path named) throws IOException {
    Path path = named == null ? Places.mount() : named.toAbsolutePath().normalize();
    FuseMount.clearStale(path);
    if (named == null && !Files.exists(path)) {
      Files.createDirectory(path);
    }
    return new MountDirectory(path, named == null);
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    if (usual) {
      Files.deleteIfExists(path);
    }
  }
}
