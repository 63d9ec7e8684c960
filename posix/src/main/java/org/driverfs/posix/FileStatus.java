package org.driverfs.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What statx(2) says about a file.
///
/// @param mode its kind and permissions, as in `st_mode`
/// @param uid its owner
/// @param gid its group
/// @param inode its number in its file system
/// @param size its length in bytes, as far as the file system knows
/// @param links how many names it has
public record FileStatus(int mode, int uid, int gid, long inode, long size, int links) {
  private static final int KIND = 0xf000;
  private static final int DIRECTORY = 0x4000;
  private static final int REGULAR = 0x8000;
  private static final int SYMBOLIC_LINK = 0xa000;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_STATX_FORCE_SYNC = 0x2000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int SIZE_OF_STATX = 256;

  /// Looks at a name; a symbolic link is not followed.
  ///
  /// @param directory where the path starts
  /// @param path relative to it, or absolute; empty for what the descriptor itself is open on
  /// @throws org.driverfs.errno.DriverfsException with what stat(2) says
  public static FileStatus of(Descriptor directory, String path) {
    return of(directory, path, 0);
  }

  /// Looks at a name, and lets no file system answer from what the kernel remembers of it.
  ///
  /// @throws org.driverfs.errno.DriverfsException with what stat(2) says; ENOTCONN for a mount
  ///   whose server has died
  public static FileStatus now(Descriptor directory, String path) {
    return of(directory, path, AT_STATX_FORCE_SYNC);
  }

  private static FileStatus of(Descriptor directory, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SIZE_OF_STATX, 8);
      long result =
          SystemCalls.ofThread()
              .call(
                  Abi.STATX,
                  directory.number(),
                  arena.allocateFrom(path).address(),
                  AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | flags,
                  STATX_BASIC_STATS,
                  buffer.address(),
                  0);
      Failure.check(result, path, "cannot be looked at");
      return decode(buffer);
    }
  }

  private static FileStatus decode(MemorySegment statx) {
    return new FileStatus(
        Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, 28)),
        statx.get(ValueLayout.JAVA_INT, 20),
        statx.get(ValueLayout.JAVA_INT, 24),
        statx.get(ValueLayout.JAVA_LONG, 32),
        statx.get(ValueLayout.JAVA_LONG, 40),
        statx.get(ValueLayout.JAVA_INT, 16));
  }

  /// The permission bits alone, with set-user-ID, set-group-ID and the sticky bit.
  public int permissions() {
    return mode & 0xfff;
  }

  /// Is it a directory?
  public boolean isDirectory() {
    return (mode & KIND) == DIRECTORY;
  }

  /// Is it a regular file?
  public boolean isRegular() {
    return (mode & KIND) == REGULAR;
  }

  /// Is it a symbolic link?
  public boolean isSymbolicLink() {
    return (mode & KIND) == SYMBOLIC_LINK;
  }
}
