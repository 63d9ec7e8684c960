package org.driverfs.fuse;

import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.Errno;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;
import org.driverfs.posix.SystemCalls;
import org.jspecify.annotations.Nullable;

/// One thread that reads requests and answers them, with a descriptor and buffers of its own.
final class Worker implements Runnable {
  /// A write request, and more than enough before it.
  private static final int REQUEST = Session.MAX_TRANSFER + 4096;

  private static final int REPLY = Session.MAX_TRANSFER + 4096;

  private static final int SET_FLAGS = 4; // F_SETFL
  private static final int LOOKS = 4;
  private static final long LONG_YIELD = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long CALM = TimeUnit.MILLISECONDS.toNanos(20);
  private static final java.time.Duration IDLE = java.time.Duration.ofMillis(200);

  private final Workers pool;
  private final FuseDispatcher dispatcher;
  private final Descriptor channel;
  private final @Nullable BitSet cpu;
  private final Arena arena = Arena.ofShared();
  private final long buffer;
  private final Reply reply;
  private final RequestDecoder decoder;

  /// The request that is in the code of a driver, while it may be answered by somebody else; or 0.
  /// Whoever sets it from that request to 0 by compare-and-set answers it, and nobody else does.
  private final AtomicLong inDriver = new AtomicLong();

  /// The request that is in the code of a driver, whether it was answered meanwhile or not; or 0.
  private volatile long occupiedBy;

  private volatile boolean ended;

  // Of this worker's own thread.
  private boolean blocks = true;
  private long eagerFrom = System.nanoTime();

  /// @param channel open for this worker alone, which closes it
  /// @param cpu where the thread runs; null for one that comes and goes as it is needed
  Worker(Workers pool, FuseDispatcher dispatcher, Descriptor channel, @Nullable BitSet cpu) {
    this.pool = pool;
    this.dispatcher = dispatcher;
    this.channel = channel;
    this.cpu = cpu;
    var request = arena.allocate(REQUEST, 8);
    this.buffer = request.address();
    this.reply = new Reply(arena.allocate(REPLY, 8));
    this.decoder = new RequestDecoder(new Frame(request));
  }

  @Override
  public void run() {
    var calls = new SystemCalls();
    if (cpu != null) {
      CurrentThread.pin(cpu);
    }
    try {
      while (isWanted() && serveOne(calls)) {}
    } finally {
      end();
      pool.ended(this);
    }
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
  boolean serveOne(SystemCalls calls) {
    long length = receive(calls);
    if (length < 0) {
      return switch (Errno.ofCode((int) -length)) {
        case EINTR, ENOENT, EAGAIN -> true;
        default -> false;
      };
    }
    serve(decoder.decode(length), calls);
    return true;
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
      if (length != -Errno.EAGAIN.code()) {
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
    int result;
    boolean ours = true;
    if (dispatcher.entersDriver(request)) {
      occupiedBy = unique; // before it is counted, so that whoever counts finds it
      inDriver.set(unique);
      try {
        result = serveInDriver(request);
      } finally {
        ours = inDriver.compareAndSet(unique, 0);
        occupiedBy = 0;
      }
    } else {
      result = dispatcher.dispatch(request, reply);
    }
    if (result == Replies.NONE) {
      return;
    }
    boolean delivered =
        ours && calls.write(channel.number(), reply.address(), reply.finish(unique, result)) >= 0;
    if (!delivered && result > 0) {
      dispatcher.undo(request, reply, result);
    }
  }

  private int serveInDriver(FuseRequest request) {
    if (!pool.enter()) {
      if (request instanceof FuseRequest.Release release) {
        pool.releaseLater(release.handle());
        return Replies.OK;
      }
      return Replies.error(Errno.EAGAIN);
    }
    try {
      return dispatcher.dispatch(request, reply);
    } finally {
      pool.leave();
    }
  }

  /// Which request is in the code of a driver now, or 0.
  long occupiedBy() {
    return occupiedBy;
  }

  /// Answers a request of this worker in its place, if it is in the code of a driver.
  ///
  /// @return whether it was
  boolean answerInstead(long unique, Errno errno) {
    return unique != 0 && inDriver.compareAndSet(unique, 0) && answerHere(unique, errno);
  }

  /// Sends an error on this worker's descriptor, which is where the kernel looks for the request.
  /// Called by another worker; the monitor keeps the descriptor open meanwhile.
  ///
  /// @return true
  synchronized boolean answerHere(long unique, Errno errno) {
    if (!ended) {
      try (Arena own = Arena.ofConfined()) {
        var answer = new Reply(own.allocate(Reply.HEADER, 8));
        int length = answer.finish(unique, Replies.error(errno));
        SystemCalls.ofThread().write(channel.number(), answer.address(), length);
      }
    }
    return true;
  }

  private synchronized void end() {
    ended = true;
    channel.close();
    arena.close();
  }
}
