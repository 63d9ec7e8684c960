package org.driverfs.buses.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.AttributeChannel;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;
import org.driverfs.posix.SystemCalls;
import org.jspecify.annotations.Nullable;

/// An attribute of the kernel's that is open: the kernel's own file, held until this is closed.
/// What the kernel refuses is refused with its error number.
final class KernelFile implements AttributeChannel {
  private final Descriptor file;
  private final String path;
  private final KernelPoller poller;

  /// Whether the poller knows the file, under which key, and who is to be woken. Guarded by the
  /// monitor of this.
  private boolean isWatched;

  private long key;
  private @Nullable Runnable waker;

  private KernelFile(Descriptor file, String path, KernelPoller poller) {
    this.file = file;
    this.path = path;
    this.poller = poller;
  }

  /// Opens an attribute with the rights of the caller.
  ///
  /// @param path below /sys/devices
  static KernelFile open(
      Sysfs sysfs, KernelPoller poller, String path, boolean reads, boolean writes, Caller caller) {
    int flags = !writes ? OpenFlags.RDONLY : reads ? OpenFlags.RDWR : OpenFlags.WRONLY;
    return new KernelFile(CallerRights.open(caller, () -> sysfs.open(path, flags)), path, poller);
  }

  @Override
  public int read(long offset, MemorySegment into, long at, int length) {
    if (into.isNative()) {
      return pread(into.asSlice(at, length), offset);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(length);
      int size = pread(buffer, offset);
      MemorySegment.copy(buffer, 0, into, at, size);
      return size;
    }
  }

  @Override
  public int write(long offset, MemorySegment from, long at, int length) {
    if (from.isNative()) {
      return pwrite(from.asSlice(at, length), offset);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(length);
      MemorySegment.copy(from, at, buffer, 0, length);
      return pwrite(buffer, offset);
    }
  }

  /// The file is watched before it is asked, so that a change in between is not missed.
  @Override
  public synchronized int poll(Runnable newWaker) {
    waker = newWaker;
    if (!isWatched) {
      key = poller.watch(file, this::wake);
      isWatched = true;
    }
    return Poll.await(Poll.IN | Poll.PRI | Poll.OUT, Duration.ZERO, file)[0];
  }

  @Override
  public synchronized void close() {
    if (isWatched) {
      poller.unwatch(file, key);
    }
    file.close();
  }

  private void wake() {
    Runnable woken;
    synchronized (this) {
      woken = waker;
      waker = null;
    }
    if (woken != null) {
      woken.run();
    }
  }

  private int pread(MemorySegment into, long offset) {
    long result =
        SystemCalls.ofThread().pread(file.number(), into.address(), into.byteSize(), offset);
    return check(result, "the kernel refuses to have it read");
  }

  private int pwrite(MemorySegment from, long offset) {
    long result =
        SystemCalls.ofThread().pwrite(file.number(), from.address(), from.byteSize(), offset);
    return check(result, "the kernel refuses what was written");
  }

  private int check(long result, String sentence) {
    if (result < 0) {
      throw new DriverfsException(Errno.ofCode((int) -result), path, sentence);
    }
    return (int) result;
  }
}
