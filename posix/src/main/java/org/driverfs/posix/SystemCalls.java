package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/// The way into the kernel: one downcall, to syscall(2), for every system call of this room.
///
/// An instance belongs to one thread: it holds the place where a failed call leaves its error
/// number. The calls here are the hot ones. They allocate nothing, take pointers as plain addresses
/// and answer like the kernel itself: a result, or the negative error number. Whoever passes an
/// address keeps its memory alive until the call returns.
///
/// Through syscall(2) the calls that change a thread's credentials change this thread's alone,
/// where the C library would change those of all threads (nptl(7)).
public final class SystemCalls {
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = CAPTURE.byteOffset(PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL = syscall();
  private static final ThreadLocal<SystemCalls> OF_THREAD =
      ThreadLocal.withInitial(SystemCalls::new);

  // A session that the garbage collector ends costs a downcall nothing, unlike a shared one.
  private final MemorySegment capture = Arena.ofAuto().allocate(CAPTURE);

  /// For the calling thread alone; a worker keeps it in a field.
  public SystemCalls() {}

  /// The calling thread's own, for callers that have no field to keep one in.
  public static SystemCalls ofThread() {
    return OF_THREAD.get();
  }

  /// read(2).
  ///
  /// @param fd the descriptor
  /// @param address where the bytes go
  /// @param size how many bytes there is room for
  /// @return the number of bytes read, 0 at the end of the file, or a negative error number
  public long read(int fd, long address, long size) {
    return call(Abi.READ, fd, address, size, 0, 0, 0);
  }

  /// write(2).
  ///
  /// @param fd the descriptor
  /// @param address where the bytes are
  /// @param size how many bytes there are
  /// @return the number of bytes written, or a negative error number
  public long write(int fd, long address, long size) {
    return call(Abi.WRITE, fd, address, size, 0, 0, 0);
  }

  /// pread(2).
  ///
  /// @param fd the descriptor
  /// @param address where the bytes go
  /// @param size how many bytes there is room for
  /// @param offset the position in the file, in bytes
  /// @return the number of bytes read, 0 at the end of the file, or a negative error number
  public long pread(int fd, long address, long size, long offset) {
    return call(Abi.PREAD64, fd, address, size, offset, 0, 0);
  }

  /// pwrite(2).
  ///
  /// @param fd the descriptor
  /// @param address where the bytes are
  /// @param size how many bytes there are
  /// @param offset the position in the file, in bytes
  /// @return the number of bytes written, or a negative error number
  public long pwrite(int fd, long address, long size, long offset) {
    return call(Abi.PWRITE64, fd, address, size, offset, 0, 0);
  }

  /// writev(2).
  ///
  /// @param fd the descriptor
  /// @param vector the address of an array of `struct iovec`: each an address and a size in bytes,
  ///   64 bits wide
  /// @param count how many entries the array has
  /// @return the number of bytes written, or a negative error number
  public long writev(int fd, long vector, int count) {
    return call(Abi.WRITEV, fd, vector, count, 0, 0, 0);
  }

  /// ioctl(2).
  ///
  /// @param fd the descriptor
  /// @param request the driver's number for what is wanted
  /// @param argument a number or an address, as the request says
  /// @return what the driver answers, or a negative error number
  public long ioctl(int fd, long request, long argument) {
    return call(Abi.IOCTL, fd, request, argument, 0, 0, 0);
  }

  /// fcntl(2).
  ///
  /// @param fd the descriptor
  /// @param command one of the `F_` numbers of the kernel's fcntl.h
  /// @param argument what the command takes
  /// @return what the command answers, or a negative error number
  public long fcntl(int fd, int command, long argument) {
    return call(Abi.FCNTL, fd, command, argument, 0, 0, 0);
  }

  /// Any system call: a result, or a negative error number.
  long call(long number, long a, long b, long c, long d, long e, long f) {
    try {
      long result = (long) SYSCALL.invokeExact(capture, number, a, b, c, d, e, f);
      return result == -1 ? -capture.get(JAVA_INT, ERRNO) : result;
    } catch (Throwable e2) {
      throw new AssertionError("a downcall itself throws nothing", e2);
    }
  }

  /// A system call of up to four arguments.
  long call(long number, long a, long b, long c, long d) {
    return call(number, a, b, c, d, 0, 0);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle syscall() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.captureCallState("errno"));
  }
}
