package org.driverfs.fuse;

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

  private final List<Worker> workers = new CopyOnWriteArrayList<>();

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

  /// Answers the interrupted request with EINTR at once if it is in the code of a driver, which
  /// runs on. If it is not found there, it has not come so far or is about to be answered: the
  /// kernel is asked to say it again, which it does only if there is still somebody waiting.
  int interrupt(FuseRequest.Interrupt request) {
    for (Worker worker : workers) {
      if (worker.answerInstead(request.interrupted(), Errno.EINTR)) {
        return Replies.NONE;
      }
    }
    for (Worker worker : workers) {
      worker.answerHere(request.frame().unique(), Errno.EAGAIN);
    }
    return Replies.NONE;
  }
}
