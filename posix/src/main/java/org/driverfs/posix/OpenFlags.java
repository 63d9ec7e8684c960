package org.driverfs.posix;

/// The flags of open(2), as this machine's kernel numbers them. `O_CLOEXEC` is not among them:
/// every descriptor of this room has it.
public final class OpenFlags {
  /// Open for reading.
  public static final int RDONLY = 0;

  /// Open for writing.
  public static final int WRONLY = 1;

  /// Open for both.
  public static final int RDWR = 2;

  /// Create the file if it is missing.
  public static final int CREAT = 0x40;

  /// With [#CREAT]: fail if it exists.
  public static final int EXCL = 0x80;

  /// Cut the file to no length.
  public static final int TRUNC = 0x200;

  /// Each write goes to the end.
  public static final int APPEND = 0x400;

  /// Never block.
  public static final int NONBLOCK = 0x800;

  /// Fail unless it is a directory.
  public static final int DIRECTORY = Abi.O_DIRECTORY;

  /// Fail if the last name is a symbolic link.
  public static final int NOFOLLOW = Abi.O_NOFOLLOW;

  /// Open the place, not the file.
  public static final int PATH = 0x200000;

  static final int CLOEXEC = 0x80000;

  private OpenFlags() {}
}
