package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.driverfs.errno.Errno;

/// epoll(7): one thread waits for any number of descriptors, each known by a key of the caller's.
///
/// Any thread may add and remove; one thread waits.
public final class Epoll implements AutoCloseable {
  /// Report each readiness once only, until it comes anew (`EPOLLET`).
  public static final int EDGE_TRIGGERED = 1 << 31;

  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int REMOVE = 2;
  private static final int BATCH = 64;

  private final Descriptor descriptor;
  private final MemorySegment ready =
      Arena.ofAuto().allocate((long) BATCH * Abi.EPOLL_EVENT_SIZE, 8);

  /// Watches nothing yet.
  public Epoll() {
    long result = SystemCalls.ofThread().call(Abi.EPOLL_CREATE1, EPOLL_CLOEXEC, 0, 0, 0);
    descriptor = Descriptor.of((int) Failure.check(result, "epoll", "cannot be created"));
  }

  /// Watches a descriptor until it is removed or closed.
  ///
  /// @param events of [Poll], and perhaps [#EDGE_TRIGGERED]
  /// @param key what [#await] calls it
  /// @throws org.driverfs.errno.DriverfsException with EPERM if such a file cannot be waited for,
  ///   EEXIST if it is watched already
  public void add(Descriptor watched, int events, long key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(Abi.EPOLL_EVENT_SIZE, 8);
      event.set(JAVA_INT, 0, events);
      event.set(JAVA_LONG_UNALIGNED, Abi.EPOLL_DATA_OFFSET, key);
      Failure.check(
          control(ADD, watched, event.address()), watched.toString(), "cannot be watched");
    }
  }

  /// Watches a descriptor no longer; nothing happens if it was not watched. A report that the
  /// waiting thread holds already is still delivered.
  public void remove(Descriptor watched) {
    long result = control(REMOVE, watched, 0);
    if (result != -Errno.ENOENT.code()) {
      Failure.check(result, watched.toString(), "cannot be left unwatched");
    }
  }

  /// Waits, without limit, until something is ready, and reports it; a signal ends the wait too.
  ///
  /// @param consumer takes the key of each descriptor that is ready
  public void await(LongConsumer consumer) {
    long count =
        SystemCalls.ofThread()
            .call(Abi.EPOLL_PWAIT, descriptor.number(), ready.address(), BATCH, -1, 0, 0);
    if (count == -Errno.EINTR.code()) {
      return;
    }
    Failure.check(count, "epoll", "cannot wait");
    for (int i = 0; i < count; i++) {
      long at = (long) i * Abi.EPOLL_EVENT_SIZE + Abi.EPOLL_DATA_OFFSET;
      consumer.accept(ready.get(JAVA_LONG_UNALIGNED, at));
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  private long control(int operation, Descriptor watched, long event) {
    return SystemCalls.ofThread()
        .call(Abi.EPOLL_CTL, descriptor.number(), operation, watched.number(), event);
  }
}
