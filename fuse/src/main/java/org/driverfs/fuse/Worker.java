package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.FuseDispatcher.Reach;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;
import org.driverfs.posix.SystemCalls;
import org.jspecify.annotations.Nullable;

/// One thread that reads requests and answers them, with a descriptor and buffers of its own.
///
/// Whatever fails, it goes on, and the request is answered.
final class Worker {
  /// A write request, and more than enough before it.
  private static final int REQUEST = Session.MAX_TRANSFER + 4096;

  private static final int REPLY = Session.MAX_TRANSFER + 4096;

  private static final Logger LOG = System.getLogger("driverfs.fuse");
  private static final int EPERM = 1; // asm-generic/errno.h
  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EBADF = 9;
  private static final int EAGAIN = 11;
  private static final int ENODEV = 19;
  private static final int ECONNABORTED = 103;

  private static final int SET_FLAGS = 4; // F_SETFL
  private static final int LOOKS = 4;
  private static final long LONG_YIELD = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long CALM = TimeUnit.MILLISECONDS.toNanos(20);
  private static final Duration IDLE = Duration.ofMillis(200);

  private final Workers pool;
  private final FuseDispatcher dispatcher;
  private final Descriptor channel;
  private final @Nullable BitSet cpu;
  private final Arena arena = Arena.ofShared();
  private final long buffer;
  private final Reply reply;
  private final RequestDecoder decoder;
  private final SystemCalls calls = new SystemCalls();

  /// An answer that somebody else sends. Guarded by the monitor of this.
  private final Reply instead;

  private volatile @Nullable VitalThread thread;

  /// The node whose lock the kernel keeps for the request that is in the code of a driver; or 0.
  private volatile long holds;

  /// The file a page of which the kernel keeps locked for it likewise, while it reads; or 0.
  private volatile long reads;

  /// Since when the request is there, of [System#nanoTime].
  private volatile long since;

  /// The request that is in the code of a driver, while it may be answered by somebody else; or 0.
  /// Whoever sets it from that request to 0 by compare-and-set answers it, and nobody else does.
  private final AtomicLong inDriver = new AtomicLong();

  /// The request that is in the code of a driver, whether it was answered meanwhile or not; or 0.
  private volatile long occupiedBy;

  private volatile boolean ended;

  // Of this worker's own thread.
  private boolean pinned;
  private boolean left;
  private boolean isAnswered = true;
  private @Nullable FuseRequest inHand;

  /// The result of the request in hand, see [Replies].
  private int given;

  /// An open file that has to be released and that nobody has been told of yet; or 0.
  private long owed;

  private boolean blocks = true;
  private long eagerFrom = System.nanoTime();

  /// @param channel open for this worker alone, which closes it
  /// @param cpu where the thread runs; null for one that comes and goes as it is needed
  Worker(Workers pool, FuseDispatcher dispatcher, Descriptor channel, @Nullable BitSet cpu) {
    this.pool = pool;
    this.dispatcher = dispatcher;
    this.channel = channel;
    this.cpu = cpu;
    boolean made = false;
    try {
      var request = arena.allocate(REQUEST, 8);
      this.buffer = request.address();
      this.reply = new Reply(arena.allocate(REPLY, 8));
      this.instead = new Reply(arena.allocate(Reply.HEADER, 8));
      this.decoder = new RequestDecoder(new Frame(request));
      made = true;
    } finally {
      if (!made) {
        arena.close();
      }
    }
  }

  void start(String name) {
    thread = VitalThread.start(name, this::takeTurn);
  }

  /// Serves a request, if there is to be another.
  ///
  /// @return false if this has ended
  boolean takeTurn() {
    answerLast();
    if (owed != 0) {
      pool.releaseLater(owed);
      owed = 0;
    }
    if (!pinned && cpu != null) {
      pinned = true;
      CurrentThread.pin(cpu);
    }
    if (!ended && isWanted() && serveOne(calls)) {
      return true;
    }
    close();
    if (!left) {
      pool.ended(this);
      left = true;
    }
    return false;
  }

  /// Whether this worker goes on: always, or as long as all others are inside drivers.
  private boolean isWanted() {
    if (cpu != null) {
      return true;
    }
    while (pool.needsMore()) {
      if (Poll.await(Poll.IN, IDLE, channel)[0] != 0) {
        return true;
      }
    }
    return false;
  }

  /// Reads one request and answers it.
  ///
  /// @return false if there will be no more
  /// @throws DriverfsException what the kernel says that it never should
  boolean serveOne(SystemCalls calls) {
    Thread.interrupted(); // a driver may have left that behind; it is not the next one's
    inHand = null;
    given = 0;
    decoder.forget();
    isAnswered = false; // from now on a request may be there, whatever is thrown
    long length = receive(calls);
    if (length >= 0) {
      inHand = decoder.decode(length);
      serve(inHand, calls);
      return true;
    }
    isAnswered = true;
    return switch ((int) -length) {
      case EINTR, ENOENT, EAGAIN -> true;
      case ENODEV, ECONNABORTED, EBADF, EPERM -> false;
      default ->
          throw new DriverfsException(
              Errno.ofCode((int) -length), "/dev/fuse", "cannot be read now; it is tried again");
    };
  }

  /// Waits for the next request. A client that got its answer often asks again within microseconds,
  /// and it costs both sides more to wake a sleeper: so a pinned worker lets others run and looks a
  /// few times before it sleeps. Where it did not get the CPU back soon, somebody else needs it,
  /// and it sleeps at once for a while: the kernel lets those who wake up go first.
  @SuppressWarnings("ThreadPriorityCheck") // nothing relies on it: it is only faster
  private long receive(SystemCalls calls) {
    long before = System.nanoTime();
    if (cpu == null || before - eagerFrom < 0) {
      return calls.read(channel.number(), buffer, REQUEST);
    }
    block(calls, false);
    for (int look = 0; look < LOOKS; look++) {
      long length = calls.read(channel.number(), buffer, REQUEST);
      if (length != -EAGAIN) {
        return length;
      }
      Thread.yield();
      long after = System.nanoTime();
      if (after - before > LONG_YIELD) {
        eagerFrom = after + CALM;
        break;
      }
      before = after;
    }
    block(calls, true);
    return calls.read(channel.number(), buffer, REQUEST);
  }

  private void block(SystemCalls calls, boolean shall) {
    if (blocks != shall) {
      calls.fcntl(channel.number(), SET_FLAGS, shall ? 0 : OpenFlags.NONBLOCK);
      blocks = shall;
    }
  }

  private void serve(FuseRequest request, SystemCalls calls) {
    long unique = request.frame().unique();
    Reach reach = dispatcher.reach(request);
    int result;
    boolean ours = true;
    if (reach == Reach.NONE) {
      result = dispatcher.dispatch(request, reply);
    } else {
      holds = heldBy(request); // before the request itself, so that they belong to that
      reads = request instanceof FuseRequest.Read ? request.frame().node() : 0;
      since = System.nanoTime();
      occupiedBy = unique; // before it is counted, so that whoever counts finds it
      inDriver.set(unique);
      try {
        result = serveInDriver(request, reach);
      } finally {
        ours = inDriver.compareAndSet(unique, 0);
        occupiedBy = 0;
      }
    }
    given = result;
    if (result == Replies.NONE) {
      isAnswered = true;
    } else if (!send(unique, ours ? result : Replies.error(Errno.EINTR), calls) || !ours) {
      takeBack(request); // what was given never came, or was answered before
    }
  }

  private void takeBack(FuseRequest request) {
    if (given > 0) {
      owed = dispatcher.undo(request, reply, given);
    }
  }

  private boolean send(long unique, int result, SystemCalls calls) {
    int length = reply.finish(unique, result);
    long written = calls.write(channel.number(), reply.address(), length);
    isAnswered = true;
    return written >= 0;
  }

  /// Answers a request in the middle of which something failed that never should. Its answer may
  /// have been sent, or not; the kernel takes one.
  private void answerLast() {
    FuseRequest request = inHand;
    if (isAnswered || decoder.unique() == 0) {
      isAnswered = true;
    } else if (send(decoder.unique(), Replies.error(Errno.EIO), calls) && request != null) {
      takeBack(request);
    }
  }

  private int serveInDriver(FuseRequest request, Reach reach) {
    if (!pool.enter(reach)) {
      if (request instanceof FuseRequest.Release release) {
        owed = release.handle();
        return Replies.OK;
      }
      return Replies.error(Errno.EAGAIN);
    }
    try {
      return reach == Reach.QUESTION && pool.isFull()
          ? dispatcher.dispatchUnlessDynamic(request, reply)
          : dispatcher.dispatch(request, reply);
    } finally {
      pool.leave();
    }
  }

  /// Which request is in the code of a driver now, or 0.
  long occupiedBy() {
    return occupiedBy;
  }

  /// The kernel locks a directory while it is looked into, and a file while it is written or its
  /// end is looked for; for a rename also a second directory, which it says nothing of.
  private static long heldBy(FuseRequest request) {
    return switch (request) {
      case FuseRequest.Lookup _,
          FuseRequest.ReadDir _,
          FuseRequest.Write _,
          FuseRequest.GetAttr _ ->
          request.frame().node();
      default -> 0;
    };
  }

  /// Answers a request of this worker in its place, if it is in the code of a driver and the kernel
  /// keeps the lock of a node for it. Requests never have the same number: if it is still there
  /// when it is answered, what was said of it meanwhile was said of it.
  void answerIfHolding(long node, Errno errno) {
    long unique = inDriver.get();
    if (holds == node) {
      answerInstead(unique, errno);
    }
  }

  /// The same if the kernel keeps a page of a file for it.
  void answerIfReading(long file, Errno errno) {
    long unique = inDriver.get();
    if (reads == file) {
      answerInstead(unique, errno);
    }
  }

  /// The same for the lock of any node, if the request has been there for some time.
  void answerIfHoldingFor(Duration time, Errno errno) {
    long unique = inDriver.get();
    if (holds != 0 && System.nanoTime() - since >= time.toNanos()) {
      answerInstead(unique, errno);
    }
  }

  /// Answers a request of this worker in its place, if it is in the code of a driver.
  ///
  /// @return whether it was
  boolean answerInstead(long unique, Errno errno) {
    if (unique == 0 || !inDriver.compareAndSet(unique, 0)) {
      return false;
    }
    boolean answered = false;
    try {
      answerHere(unique, errno);
      answered = true;
    } finally {
      if (!answered) {
        inDriver.compareAndSet(0, unique); // it can be found again
      }
    }
    return true;
  }

  /// Sends an error on this worker's descriptor, which is where the kernel looks for the request.
  /// Called by another thread; the monitor keeps the descriptor open meanwhile.
  synchronized void answerHere(long unique, Errno errno) {
    if (!ended) {
      int length = instead.finish(unique, Replies.error(errno));
      SystemCalls.ofThread().write(channel.number(), instead.address(), length);
    }
  }

  /// Whether this stays until the kernel ends the connection.
  boolean isPinned() {
    return cpu != null;
  }

  /// How many turns have failed.
  int failures() {
    VitalThread started = thread;
    return started == null ? 0 : started.failures();
  }

  /// Gives back what this has; does nothing the second time.
  synchronized void close() {
    if (ended) {
      return;
    }
    ended = true;
    channel.close();
    try {
      arena.close();
    } catch (IllegalStateException e) {
      LOG.log(Level.WARNING, "a driver still uses the buffer of a request: " + e.getMessage());
    }
  }
}
