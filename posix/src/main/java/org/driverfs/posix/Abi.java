package org.driverfs.posix;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What differs between the machines that driverfs runs on: the numbers of the system calls
/// (asm/unistd_64.h and asm-generic/unistd.h of the kernel's sources) and the layout of `struct
/// epoll_event`, which is packed on x86-64 alone.
final class Abi {
  private static final boolean ARM64 = isArm64(System.getProperty("os.arch", ""));

  static final int READ = number(0, 63);
  static final int WRITE = number(1, 64);
  static final int CLOSE = number(3, 57);
  static final int IOCTL = number(16, 29);
  static final int PREAD64 = number(17, 67);
  static final int PWRITE64 = number(18, 68);
  static final int WRITEV = number(20, 66);
  static final int GETPID = number(39, 172);
  static final int SOCKET = number(41, 198);
  static final int RECVMSG = number(47, 212);
  static final int SENDMSG = number(46, 211);
  static final int BIND = number(49, 200);
  static final int SOCKETPAIR = number(53, 199);
  static final int SETSOCKOPT = number(54, 208);
  static final int WAIT4 = number(61, 260);
  static final int FCNTL = number(72, 25);
  static final int GETEUID = number(107, 175);
  static final int GETEGID = number(108, 177);
  static final int SETGROUPS = number(116, 159);
  static final int SETFSUID = number(122, 151);
  static final int SETFSGID = number(123, 152);
  static final int CAPSET = number(126, 91);
  static final int MOUNT = number(165, 40);
  static final int UMOUNT2 = number(166, 39);
  static final int GETTID = number(186, 178);
  static final int SCHED_SETAFFINITY = number(203, 122);
  static final int SCHED_GETAFFINITY = number(204, 123);
  static final int GETDENTS64 = number(217, 61);
  static final int EPOLL_CTL = number(233, 21);
  static final int OPENAT = number(257, 56);
  static final int MKDIRAT = number(258, 34);
  static final int MKNODAT = number(259, 33);
  static final int UNLINKAT = number(263, 35);
  static final int SYMLINKAT = number(266, 36);
  static final int READLINKAT = number(267, 78);
  static final int PPOLL = number(271, 73);
  static final int UNSHARE = number(272, 97);
  static final int EPOLL_PWAIT = number(281, 22);
  static final int EVENTFD2 = number(290, 19);
  static final int EPOLL_CREATE1 = number(291, 20);
  static final int PIPE2 = number(293, 59);
  static final int SETNS = number(308, 268);
  static final int STATX = number(332, 291);
  static final int OPENAT2 = number(437, 437);

  static final int O_DIRECTORY = number(0x10000, 0x4000);
  static final int O_NOFOLLOW = number(0x20000, 0x8000);

  static final int EPOLL_EVENT_SIZE = number(12, 16);
  static final int EPOLL_DATA_OFFSET = number(4, 8);

  private Abi() {}

  private static int number(int amd64, int arm64) {
    return ARM64 ? arm64 : amd64;
  }

  private static boolean isArm64(String machine) {
    return switch (machine) {
      case "aarch64" -> true;
      case "amd64" -> false;
      default ->
          throw new DriverfsException(
              Errno.ENOSYS,
              machine,
              "the system calls of this machine are unknown; use an x86-64 or an arm64 one");
    };
  }
}
