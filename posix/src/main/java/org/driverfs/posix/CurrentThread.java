package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What the kernel lets the calling thread change about itself alone: where it runs, whose rights
/// it has, which namespaces it lives in. For platform threads: what is done to a virtual thread's
/// carrier stays with the carrier.
public final class CurrentThread {
  /// A mount namespace, for [#unshare].
  public static final int CLONE_NEWNS = 0x20000;

  /// A network namespace, for [#unshare] and [#enter].
  public static final int CLONE_NEWNET = 0x40000000;

  private static final int CLONE_FILES = 0x400;
  private static final int STANDARD_STREAMS = 3;
  private static final int MAX_CPUS = 8192;
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int CAPABILITY_DATA_SIZE = 24;

  private CurrentThread() {}

  /// gettid(2).
  public static int id() {
    return (int) SystemCalls.ofThread().call(Abi.GETTID, 0, 0, 0, 0);
  }

  /// sched_getaffinity(2): the CPUs that the thread may run on.
  public static BitSet cpus() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MAX_CPUS / 8, 8);
      long size =
          SystemCalls.ofThread().call(Abi.SCHED_GETAFFINITY, 0, mask.byteSize(), mask.address(), 0);
      Failure.check(size, "thread", "cannot tell its CPUs");
      return BitSet.valueOf(mask.asSlice(0, size).asByteBuffer().order(ByteOrder.nativeOrder()));
    }
  }

  /// sched_setaffinity(2): pins the thread.
  ///
  /// @param cpus the CPUs that it may run on from now on
  /// @throws org.driverfs.errno.DriverfsException with EINVAL if the process may use none of them
  public static void pin(BitSet cpus) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MAX_CPUS / 8, 8);
      mask.copyFrom(MemorySegment.ofArray(cpus.toByteArray()));
      long result =
          SystemCalls.ofThread().call(Abi.SCHED_SETAFFINITY, 0, mask.byteSize(), mask.address(), 0);
      Failure.check(result, "CPUs " + cpus, "cannot be pinned to");
    }
  }

  /// Takes on somebody's rights over files, for good: supplementary groups, fsgid and fsuid
  /// (setfsuid(2)), and no capability in effect, whoever it is. A thread that has done so is left
  /// to end.
  ///
  /// The process becomes undumpable by it (proc(5), `dumpable`).
  ///
  /// @param uid the user
  /// @param gid the user's group
  /// @param groups the supplementary groups
  /// @throws org.driverfs.errno.DriverfsException with EPERM if this thread may not
  public static void takeOn(int uid, int gid, int... groups) {
    SystemCalls calls = SystemCalls.ofThread();
    try (Arena arena = Arena.ofConfined()) {
      long list = arena.allocateFrom(JAVA_INT, groups).address();
      String who = "user " + uid;
      Failure.check(
          calls.call(Abi.SETGROUPS, groups.length, list, 0, 0), who, "its groups are refused");
      calls.call(Abi.SETFSGID, gid, 0, 0, 0);
      calls.call(Abi.SETFSUID, uid, 0, 0, 0);
      // Neither call reports a failure: asking again for nobody tells who it is now.
      boolean done =
          calls.call(Abi.SETFSGID, -1, 0, 0, 0) == Integer.toUnsignedLong(gid)
              && calls.call(Abi.SETFSUID, -1, 0, 0, 0) == Integer.toUnsignedLong(uid);
      Failure.check(done ? 0 : -Errno.EPERM.code(), who, "its rights are refused");
      dropCapabilities(calls, arena);
    }
  }

  /// unshare(2): leaves namespaces of the process for new ones of the thread's own.
  ///
  /// @param namespaces `CLONE_` numbers
  /// @throws org.driverfs.errno.DriverfsException with EPERM without CAP_SYS_ADMIN
  public static void unshare(int namespaces) {
    long result = SystemCalls.ofThread().call(Abi.UNSHARE, namespaces, 0, 0, 0);
    Failure.check(result, "namespace", "cannot be left");
  }

  /// setns(2): enters a namespace.
  ///
  /// @param namespace a file below /proc/PID/ns
  /// @param kind the `CLONE_` number that it must be
  public static void enter(Descriptor namespace, int kind) {
    long result = SystemCalls.ofThread().call(Abi.SETNS, namespace.number(), kind, 0, 0);
    Failure.check(result, namespace.toString(), "cannot be entered as a namespace");
  }

  /// Lets the thread have a table of descriptors of its own (unshare(2), CLONE_FILES), and closes
  /// all in it but the standard streams and files in file systems: what the kernel keeps this
  /// thread waiting in then keeps no socket, pipe or device open for the rest of the process. What
  /// others open from now on, it does not know.
  ///
  /// Files stay, since the Java machine reads classes from them, and ends if it cannot.
  ///
  /// @throws org.driverfs.errno.DriverfsException with EIO if /proc cannot be read
  public static void dropDescriptors() {
    SystemCalls calls = SystemCalls.ofThread();
    Failure.check(calls.call(Abi.UNSHARE, CLONE_FILES, 0, 0, 0), "descriptors", "cannot be left");
    Path table = Path.of("/proc/thread-self/fd");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(table)) {
      for (Path each : all) {
        int number = Integer.parseInt(each.getFileName().toString());
        if (number < STANDARD_STREAMS || !isFile(each)) {
          calls.call(Abi.CLOSE, number, 0, 0, 0);
        }
      }
      for (int i = 0; i < STANDARD_STREAMS; i++) {
        var _ =
            Descriptor.open("/dev/null", OpenFlags.RDWR); // its number is the lowest that is free
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new DriverfsException(Errno.EIO, table.toString(), "cannot be read: " + e, e);
    }
  }

  private static boolean isFile(Path descriptor) {
    try {
      Path opened = Files.readSymbolicLink(descriptor);
      return opened.isAbsolute() && !opened.startsWith("/dev");
    } catch (IOException _) {
      return true; // it has been closed
    }
  }

  private static void dropCapabilities(SystemCalls calls, Arena arena) {
    MemorySegment header = arena.allocateFrom(JAVA_INT, CAPABILITY_VERSION_3, 0);
    MemorySegment none = arena.allocate(CAPABILITY_DATA_SIZE, JAVA_LONG.byteSize());
    Failure.check(
        calls.call(Abi.CAPSET, header.address(), none.address(), 0, 0),
        "capabilities",
        "cannot be dropped");
  }
}
