package org.driverfs.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;

/// A file descriptor that is closed once, whoever closes it first. Every one made here is closed on
/// exec.
///
/// It may be used by several threads; the one that closes it makes sure that no other is about to
/// use [#number()], which the kernel may give to another file at once.
public final class Descriptor implements AutoCloseable {
  /// Stands for the working directory where a directory is wanted, so that absolute paths can be
  /// used too. Closing it does nothing.
  public static final Descriptor WORKING_DIRECTORY = new Descriptor(-100);

  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final long RESOLVE_NO_XDEV = 1;
  private static final long RESOLVE_NO_SYMLINKS = 4;
  private static final long RESOLVE_BENEATH = 8;

  private final int number;
  private final AtomicBoolean closed;

  private Descriptor(int number) {
    this.number = number;
    this.closed = new AtomicBoolean(number < 0);
  }

  /// Takes charge of a descriptor that a system call gave.
  ///
  /// @param number the open descriptor, which nobody else closes
  public static Descriptor of(int number) {
    return new Descriptor(number);
  }

  /// open(2) of a file that exists.
  ///
  /// @param path absolute, or relative to the working directory
  /// @param flags of [OpenFlags]
  public static Descriptor open(String path, int flags) {
    return WORKING_DIRECTORY.openAt(path, flags, 0);
  }

  /// openat(2).
  ///
  /// @param path absolute, or relative to this directory
  /// @param flags of [OpenFlags]
  /// @param mode the permissions of a file that is created
  public Descriptor openAt(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          SystemCalls.ofThread()
              .call(
                  Abi.OPENAT,
                  number,
                  arena.allocateFrom(path).address(),
                  flags | OpenFlags.CLOEXEC,
                  mode);
      return new Descriptor((int) Failure.check(result, path, "cannot be opened"));
    }
  }

  /// openat2(2) that stays beneath this directory: no `..` that leaves it, no symbolic link on the
  /// way or at its end, no other file system.
  ///
  /// @param path relative to this directory; `.` is the directory itself
  /// @param flags of [OpenFlags], without `CREAT`
  /// @throws org.driverfs.errno.DriverfsException with ELOOP for a symbolic link and EXDEV for a
  ///   way out, else with what open(2) says
  public Descriptor openBeneath(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment how =
          arena.allocateFrom(
              ValueLayout.JAVA_LONG,
              flags | OpenFlags.CLOEXEC,
              0,
              RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
      long result =
          SystemCalls.ofThread()
              .call(
                  Abi.OPENAT2,
                  number,
                  arena.allocateFrom(path).address(),
                  how.address(),
                  how.byteSize());
      return new Descriptor((int) Failure.check(result, path, "cannot be opened"));
    }
  }

  /// The number that system calls know it by; negative for [#WORKING_DIRECTORY].
  public int number() {
    return number;
  }

  /// fcntl(2) `F_DUPFD_CLOEXEC`: a second descriptor of the same open file.
  public Descriptor duplicate() {
    long result = SystemCalls.ofThread().fcntl(number, F_DUPFD_CLOEXEC, 0);
    return new Descriptor((int) Failure.check(result, toString(), "cannot be duplicated"));
  }

  /// close(2), the first time. What it answers says nothing that a caller could act on: the
  /// descriptor is gone in any case (close(2), "Dealing with error returns").
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      SystemCalls.ofThread().call(Abi.CLOSE, number, 0, 0, 0);
    }
  }

  @Override
  public String toString() {
    return "fd " + number;
  }
}
