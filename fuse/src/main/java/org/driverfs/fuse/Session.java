package org.driverfs.fuse;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What concerns the connection to the kernel as a whole: its terms, and requests that are
/// interrupted.
final class Session {
  /// The protocol that is spoken: 7.31 has all that is used here, and every kernel since 5.4 it.
  private static final int MAJOR = 7;

  private static final int MINOR = 31;

  private static final int ASYNC_READ = 1;
  private static final int ATOMIC_O_TRUNC = 1 << 3;
  private static final int BIG_WRITES = 1 << 5;
  private static final int DO_READDIRPLUS = 1 << 13;
  private static final int READDIRPLUS_AUTO = 1 << 14;
  private static final int PARALLEL_DIROPS = 1 << 18;
  private static final int MAX_PAGES = 1 << 22;
  private static final int EXPLICIT_INVAL_DATA = 1 << 25;
  private static final int WANTED =
      ASYNC_READ
          | ATOMIC_O_TRUNC
          | BIG_WRITES
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | PARALLEL_DIROPS
          | MAX_PAGES
          | EXPLICIT_INVAL_DATA;

  /// The longest read or write that the kernel passes on in one piece, in bytes.
  static final int MAX_TRANSFER = 1 << 20;

  private static final int BACKGROUND = 64;
  private static final int EXPECTED = 1024;

  private final List<Worker> workers = new CopyOnWriteArrayList<>();

  /// Interrupts that have not been answered, of which there are so many. Guarded by the monitor of
  /// this; grows when it must, and else needs no memory.
  private long[] unanswered = new long[EXPECTED];

  private volatile int unansweredCount;

  private volatile Runnable asker = () -> {};

  List<Worker> workers() {
    return workers;
  }

  int init(FuseRequest.Init request, Reply reply) {
    if (request.major() < MAJOR || (request.major() == MAJOR && request.minor() < MINOR)) {
      throw new DriverfsException(
          Errno.EPROTO,
          "/dev/fuse",
          "this kernel speaks FUSE %d.%d; at least %d.%d (Linux 5.4) is needed"
              .formatted(request.major(), request.minor(), MAJOR, MINOR));
    }
    reply.zero(0, 64);
    reply.int32(0, MAJOR);
    reply.int32(4, MINOR);
    reply.int32(8, MAX_TRANSFER);
    reply.int32(12, request.flags() & WANTED);
    reply.int16(16, BACKGROUND);
    reply.int16(18, BACKGROUND * 3 / 4);
    reply.int32(20, MAX_TRANSFER);
    reply.int32(24, 1);
    reply.int16(28, MAX_TRANSFER / 4096);
    return 64;
  }

  /// @param newAsker lets somebody call [#askAgain] in a while
  void whenUnanswered(Runnable newAsker) {
    asker = newAsker;
  }

  /// Answers the interrupted request with EINTR at once if it is in the code of a driver, which
  /// runs on. If it is not found there, it has not come so far or is about to be answered: the
  /// kernel is asked, in a while, to say it again. It does so at once and for as long as somebody
  /// waits, so that it must not be asked at once.
  int interrupt(FuseRequest.Interrupt request) {
    if (!answer(request.interrupted())) {
      keep(request.frame().unique());
      asker.run();
    }
    return Replies.NONE;
  }

  private boolean answer(long interrupted) {
    try {
      for (Worker worker : workers) {
        if (worker.answerInstead(interrupted, Errno.EINTR)) {
          return true;
        }
      }
    } catch (Error e) {
      // There was no memory; the interrupt must not be lost.
    }
    return false;
  }

  /// Answers all requests that are in the code of drivers while the kernel keeps the lock of a node
  /// for them.
  void answerHolders(long node, Errno errno) {
    for (Worker worker : workers) {
      worker.answerIfHolding(node, errno);
    }
  }

  /// Answers all requests that are in the code of drivers while the kernel keeps a page of a file
  /// for them.
  void answerReaders(long file, Errno errno) {
    for (Worker worker : workers) {
      worker.answerIfReading(file, errno);
    }
  }

  /// Like [#answerHolders] for any node, of requests that have been there for some time.
  void answerHoldersFor(Duration time, Errno errno) {
    for (Worker worker : workers) {
      worker.answerIfHoldingFor(time, errno);
    }
  }

  private synchronized void keep(long interrupt) {
    if (unansweredCount == unanswered.length) {
      unanswered = Arrays.copyOf(unanswered, 2 * unanswered.length);
    }
    unanswered[unansweredCount] = interrupt;
    unansweredCount = unansweredCount + 1;
  }

  /// Whether [#askAgain] has something to ask.
  boolean hasUnanswered() {
    return unansweredCount > 0;
  }

  /// Asks the kernel to say again what could not be answered. It looks for the interrupted request
  /// where that was read, and nobody knows where that was.
  synchronized void askAgain() {
    while (unansweredCount > 0) {
      long interrupt = unanswered[unansweredCount - 1];
      for (Worker worker : workers) {
        worker.answerHere(interrupt, Errno.EAGAIN);
      }
      unansweredCount = unansweredCount - 1;
    }
  }
}
