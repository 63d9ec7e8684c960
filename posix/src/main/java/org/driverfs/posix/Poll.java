package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// poll(2) of a few descriptors, and the names of its events, which [Epoll] uses too.
public final class Poll {
  /// Something can be read.
  public static final int IN = 0x001;

  /// Something exceptional: the content of an attribute of sysfs changed.
  public static final int PRI = 0x002;

  /// Something can be written.
  public static final int OUT = 0x004;

  /// An error; always watched for.
  public static final int ERR = 0x008;

  /// The other side is gone; always watched for.
  public static final int HUP = 0x010;

  private static final int POLLFD_SIZE = 8;
  private static final int REVENTS_OFFSET = 6;

  private Poll() {}

  /// Waits until one of the descriptors is ready.
  ///
  /// @param events what to wait for, the same for all
  /// @param timeout how long at most; null waits without limit
  /// @param descriptors what to watch
  /// @return for each descriptor the events that are there, all 0 if the time ran out or a signal
  ///   came
  public static int[] await(int events, @Nullable Duration timeout, Descriptor... descriptors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate((long) POLLFD_SIZE * descriptors.length, 8);
      for (int i = 0; i < descriptors.length; i++) {
        entries.set(JAVA_INT, (long) POLLFD_SIZE * i, descriptors[i].number());
        entries.set(JAVA_SHORT, (long) POLLFD_SIZE * i + 4, (short) events);
      }
      long limit =
          timeout == null
              ? 0
              : arena.allocateFrom(JAVA_LONG, timeout.toSeconds(), timeout.toNanosPart()).address();
      long result =
          SystemCalls.ofThread().call(Abi.PPOLL, entries.address(), descriptors.length, limit, 0);
      if (result != -Errno.EINTR.code()) {
        Failure.check(result, "poll", "cannot wait");
      }
      int[] ready = new int[descriptors.length];
      for (int i = 0; i < ready.length; i++) {
        ready[i] = entries.get(JAVA_SHORT, (long) POLLFD_SIZE * i + REVENTS_OFFSET);
      }
      return ready;
    }
  }
}
