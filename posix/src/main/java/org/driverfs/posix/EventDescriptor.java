package org.driverfs.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// eventfd(2): wakes a thread that waits in [Poll] or [Epoll]. Any thread may [#signal].
public final class EventDescriptor implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1L);

  private final Descriptor descriptor;

  /// Not signalled yet.
  public EventDescriptor() {
    long result = SystemCalls.ofThread().call(Abi.EVENTFD2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0, 0);
    descriptor = Descriptor.of((int) Failure.check(result, "eventfd", "cannot be created"));
  }

  /// What becomes readable.
  public Descriptor descriptor() {
    return descriptor;
  }

  /// Makes it readable until [#clear]. A counter that is full is readable anyhow.
  public void signal() {
    SystemCalls.ofThread().write(descriptor.number(), ONE.address(), Long.BYTES);
  }

  /// Makes it unreadable.
  ///
  /// @return whether it had been signalled since the last time
  public boolean clear() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counter = arena.allocate(ValueLayout.JAVA_LONG);
      return SystemCalls.ofThread().read(descriptor.number(), counter.address(), Long.BYTES) > 0;
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
