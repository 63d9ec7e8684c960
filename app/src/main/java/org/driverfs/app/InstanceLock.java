package org.driverfs.app;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.FileStatus;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.SystemCalls;

/// The right to be the one daemon at a socket: a locked file with the process's number in it. The
/// kernel gives the lock back when the process ends, however it ends.
///
/// The lock is one of the open file (fcntl(2), F_OFD_SETLK): the process's own kind, which Java
/// takes, is lost when anybody in the process closes the same file.
final class InstanceLock implements AutoCloseable {
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final int SIZE_OF_FLOCK = 32;

  private final Path file;
  private final Descriptor descriptor;

  private InstanceLock(Path file, Descriptor descriptor) {
    this.file = file;
    this.descriptor = descriptor;
  }

  /// Takes the right.
  ///
  /// @param file made if it does not exist
  /// @throws DriverfsException EBUSY, naming the daemon that has it; what open(2) says
  static InstanceLock take(Path file) {
    while (true) {
      Descriptor opened =
          Descriptor.WORKING_DIRECTORY.openAt(
              file.toString(), OpenFlags.RDWR | OpenFlags.CREAT | OpenFlags.NOFOLLOW, 0600);
      boolean kept = false;
      try {
        if (!tryLock(opened)) {
          throw new DriverfsException(
              Errno.EBUSY,
              file.toString(),
              "a daemon is running already, process " + owner(file) + "; `driverfs down` ends it");
        }
        if (isStill(opened, file)) {
          Files.writeString(file, ProcessHandle.current().pid() + "\n");
          kept = true;
          return new InstanceLock(file, opened);
        }
      } catch (IOException e) {
        throw new DriverfsException(Errno.EIO, file.toString(), "cannot be written: " + e, e);
      } finally {
        if (!kept) {
          opened.close();
        }
      }
    }
  }

  private static boolean tryLock(Descriptor descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wholeFile = arena.allocate(SIZE_OF_FLOCK, 8);
      wholeFile.set(ValueLayout.JAVA_SHORT, 0, F_WRLCK);
      return SystemCalls.ofThread().fcntl(descriptor.number(), F_OFD_SETLK, wholeFile.address())
          == 0;
    }
  }

  /// The daemon before may have removed the file between our opening and locking it; then others
  /// make and lock a new one, and this lock is worth nothing.
  private static boolean isStill(Descriptor descriptor, Path file) {
    try {
      return FileStatus.of(descriptor, "").inode()
          == FileStatus.of(Descriptor.WORKING_DIRECTORY, file.toString()).inode();
    } catch (DriverfsException e) {
      return false;
    }
  }

  private static String owner(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    descriptor.close();
  }
}
