package org.driverfs.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// mount(2) and umount(2).
public final class Mounts {
  /// No set-user-ID programs on it.
  public static final long MS_NOSUID = 2;

  /// No device nodes on it.
  public static final long MS_NODEV = 4;

  /// No programs on it.
  public static final long MS_NOEXEC = 8;

  /// Show a directory at a second place.
  public static final long MS_BIND = 0x1000;

  /// With the private or bind flag: for all mounts below too.
  public static final long MS_REC = 0x4000;

  /// What is mounted here is not passed on to other namespaces.
  public static final long MS_PRIVATE = 0x40000;

  /// Detach at once, clean up when the last user has gone.
  public static final int MNT_DETACH = 2;

  private Mounts() {}

  /// mount(2).
  ///
  /// @param source what is mounted, as the file system wants it named
  /// @param target an existing directory
  /// @param type the file system, such as `fuse`
  /// @param flags `MS_` numbers
  /// @param options what the file system takes, separated by commas
  /// @throws org.driverfs.errno.DriverfsException with the kernel's error and the target
  public static void mount(String source, String target, String type, long flags, String options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment where = arena.allocateFrom(target);
      long result =
          SystemCalls.ofThread()
              .call(
                  Abi.MOUNT,
                  arena.allocateFrom(source).address(),
                  where.address(),
                  arena.allocateFrom(type).address(),
                  flags,
                  arena.allocateFrom(options).address(),
                  0);
      Failure.check(result, target, "cannot be made a mount point");
    }
  }

  /// umount2(2).
  ///
  /// @param target the mount point
  /// @param flags 0 or [#MNT_DETACH]
  /// @throws org.driverfs.errno.DriverfsException with EBUSY while it is in use, EINVAL if nothing
  ///   is mounted there
  public static void unmount(String target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long where = arena.allocateFrom(target).address();
      long result = SystemCalls.ofThread().call(Abi.UMOUNT2, where, flags, 0, 0);
      Failure.check(result, target, "cannot be unmounted");
    }
  }
}
