package org.driverfs.errno;

import java.util.Arrays;

/// The error numbers of Linux (asm-generic/errno.h) that driverfs gives or passes on.
public enum Errno {
  /// Operation not permitted.
  EPERM(1),
  /// No such file or directory.
  ENOENT(2),
  /// No such process.
  ESRCH(3),
  /// Interrupted system call.
  EINTR(4),
  /// Input/output error.
  EIO(5),
  /// No such device or address.
  ENXIO(6),
  /// Argument list too long.
  E2BIG(7),
  /// Exec format error.
  ENOEXEC(8),
  /// Bad file descriptor.
  EBADF(9),
  /// Resource temporarily unavailable.
  EAGAIN(11),
  /// Cannot allocate memory.
  ENOMEM(12),
  /// Permission denied.
  EACCES(13),
  /// Bad address.
  EFAULT(14),
  /// Device or resource busy.
  EBUSY(16),
  /// File exists.
  EEXIST(17),
  /// Invalid cross-device link.
  EXDEV(18),
  /// No such device.
  ENODEV(19),
  /// Not a directory.
  ENOTDIR(20),
  /// Is a directory.
  EISDIR(21),
  /// Invalid argument.
  EINVAL(22),
  /// Too many open files in system.
  ENFILE(23),
  /// Too many open files.
  EMFILE(24),
  /// Inappropriate ioctl for device.
  ENOTTY(25),
  /// File too large.
  EFBIG(27),
  /// No space left on device.
  ENOSPC(28),
  /// Illegal seek.
  ESPIPE(29),
  /// Read-only file system.
  EROFS(30),
  /// Too many links.
  EMLINK(31),
  /// Numerical result out of range.
  ERANGE(34),
  /// Resource deadlock avoided.
  EDEADLK(35),
  /// File name too long.
  ENAMETOOLONG(36),
  /// Function not implemented.
  ENOSYS(38),
  /// Directory not empty.
  ENOTEMPTY(39),
  /// Too many levels of symbolic links.
  ELOOP(40),
  /// No data available.
  ENODATA(61),
  /// Protocol error.
  EPROTO(71),
  /// Value too large for defined data type.
  EOVERFLOW(75),
  /// Operation not supported.
  EOPNOTSUPP(95),
  /// Address already in use.
  EADDRINUSE(98),
  /// Cannot assign requested address.
  EADDRNOTAVAIL(99),
  /// Network is down.
  ENETDOWN(100),
  /// Network is unreachable.
  ENETUNREACH(101),
  /// No buffer space available.
  ENOBUFS(105),
  /// Transport endpoint is already connected.
  EISCONN(106),
  /// Transport endpoint is not connected.
  ENOTCONN(107),
  /// Connection timed out.
  ETIMEDOUT(110),
  /// Connection refused.
  ECONNREFUSED(111),
  /// Operation already in progress.
  EALREADY(114),
  /// Stale file handle.
  ESTALE(116),
  /// Operation canceled.
  ECANCELED(125),
  /// Key was rejected by service.
  EKEYREJECTED(129);

  private static final Errno[] BY_CODE = new Errno[256];

  static {
    Arrays.stream(values()).forEach(errno -> BY_CODE[errno.code] = errno);
  }

  private final int code;

  Errno(int code) {
    this.code = code;
  }

  /// The positive number that the kernel uses for this error on x86-64, arm64 and riscv64.
  public int code() {
    return code;
  }

  /// The constant for an error number, or [#EIO] for one that driverfs has no name for.
  ///
  /// @param code a positive error number, as `errno` holds it after a failed system call
  public static Errno ofCode(int code) {
    Errno known = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    return known == null ? EIO : known;
  }
}
