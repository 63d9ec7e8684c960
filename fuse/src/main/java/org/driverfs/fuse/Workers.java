package org.driverfs.fuse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.driverfs.fuse.FuseDispatcher.Reach;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Poll;
import org.jspecify.annotations.Nullable;

/// The workers of a mount: one on each CPU, and more while all of those are inside drivers.
///
/// There is always one outside, so that the mount answers whatever drivers do. A thread of its own
/// starts it: the worker that is the last to go inside raises the alarm, and that thread looks
/// again after a millisecond, because most callbacks are over by then. At the limit, the last
/// worker outside stays there, and requests that need a driver are refused. A few more are there
/// for those who only ask whether a driver is needed, which may hang too.
///
/// The descriptor of the next worker is open before it is needed. While there is none to be had,
/// the last worker outside stays there too.
///
/// While the alarm stands nobody is woken for another one. It is taken back before the thread looks
/// who is inside, and a worker says that it is before it looks at the alarm: a worker that found
/// the alarm raised is seen.
final class Workers {
  /// Opens a descriptor for one more worker.
  interface Channels {
    /// @param blocking whether a read waits for a request
    Descriptor open(boolean blocking);
  }

  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(1);

  /// How long the kernel is kept from repeating what could not be answered.
  private static final long ASK_AGAIN = TimeUnit.MILLISECONDS.toNanos(20);

  /// How many workers there may be beyond the limit, for those who ask.
  private static final int ASKING = 4;

  private final Session session;
  private final FuseDispatcher dispatcher;
  private final Channels channels;
  private final LongConsumer releaser;
  private final String name;
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger serving = new AtomicInteger();
  private final CountDownLatch gone = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean alarm;
  private volatile boolean stopped;

  /// Whether no worker can be added.
  private volatile boolean stuck;

  private volatile @Nullable VitalThread starter;

  /// Before there are workers, the thread that starts them writes it.
  private int limit;

  // Of the starter.
  private @Nullable Descriptor next;
  private long askAt;

  /// @param limit how many workers there are at most
  /// @param releaser has an open file closed when no worker may, and does not wait for it
  Workers(
      String name,
      int limit,
      Session session,
      FuseDispatcher dispatcher,
      Channels channels,
      LongConsumer releaser) {
    this.name = name;
    this.limit = limit;
    this.session = session;
    this.dispatcher = dispatcher;
    this.channels = channels;
    this.releaser = releaser;
  }

  void start(BitSet cpus) {
    limit = Math.max(limit, cpus.cardinality());
    for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
      var one = new BitSet();
      one.set(cpu);
      add(channels.open(true), one, name + "-cpu" + cpu);
    }
    openNext();
    // A class that cannot be loaded when it is needed first, for want of a descriptor, never is.
    Poll.await(Poll.IN, Duration.ZERO, Objects.requireNonNull(next));
    VitalThread started = VitalThread.start(name + "-starter", this::takeTurn);
    starter = started;
    session.whenUnanswered(started::wake);
  }

  /// Called before the code of a driver.
  ///
  /// @return false if there are too many inside already
  boolean enter(Reach reach) {
    int now = inside.incrementAndGet();
    boolean isLast = now >= serving.get();
    int most = reach == Reach.QUESTION ? limit + ASKING : limit;
    if (now >= most || (isLast && stuck)) {
      inside.decrementAndGet();
      return false;
    }
    if (isLast) {
      raiseAlarm();
    }
    return true;
  }

  /// Whether there is room for those only who ask whether a driver is needed.
  boolean isFull() {
    return inside.get() >= limit;
  }

  /// Called after the code of a driver, once for each [#enter] that was true.
  void leave() {
    inside.decrementAndGet();
  }

  /// Whether a worker that is not pinned is of use.
  boolean needsMore() {
    return !stopped && inside.get() >= serving.get() - 1;
  }

  void releaseLater(long handle) {
    releaser.accept(handle);
  }

  void ended(Worker worker) {
    session.workers().remove(worker);
    failures.addAndGet(worker.failures());
    if (worker.isPinned()) {
      gone.countDown();
    }
    if (serving.decrementAndGet() == 0) {
      ended.countDown();
    }
    if (inside.get() >= serving.get()) {
      raiseAlarm();
    }
  }

  /// A turn of the starter: starts a worker if all that there are have been inside for a while.
  private boolean takeTurn() {
    if (stopped) {
      closeNext();
      return false;
    }
    askAgain();
    openNext();
    if (alarm) {
      boolean looked = false;
      try {
        look();
        looked = true;
      } finally {
        alarm |= !looked;
      }
    } else if (session.hasUnanswered()) {
      LockSupport.parkNanos(this, ASK_AGAIN);
    } else {
      LockSupport.park(this);
    }
    return true;
  }

  private void look() {
    List<Long> before = requestsInside();
    LockSupport.parkNanos(this, PATIENCE);
    alarm = false;
    List<Long> now = requestsInside();
    if (inside.get() < serving.get() || serving.get() >= limit + ASKING || stopped) {
      return;
    }
    if (now.equals(before)) {
      addExtra();
    } else {
      alarm = true;
    }
  }

  /// Whether there can be another after it is known before it is there.
  private void addExtra() {
    Descriptor channel = Objects.requireNonNull(next);
    next = null;
    try {
      openNext();
    } finally {
      add(channel, null, name + "-extra");
    }
  }

  private void openNext() {
    if (next == null) {
      try {
        next = channels.open(false);
      } finally {
        stuck = next == null;
      }
    }
  }

  private void closeNext() {
    if (next != null) {
      next.close();
      next = null;
    }
  }

  private void askAgain() {
    long now = System.nanoTime();
    if (!session.hasUnanswered()) {
      askAt = now + ASK_AGAIN;
    } else if (now - askAt >= 0) {
      session.askAgain();
    }
  }

  private void raiseAlarm() {
    if (!alarm) {
      alarm = true;
      wakeStarter();
    }
  }

  private void wakeStarter() {
    VitalThread started = starter;
    if (started != null) {
      started.wake();
    }
  }

  /// Waits until the kernel has ended the connection.
  void awaitGone() throws InterruptedException {
    gone.await();
  }

  /// Waits until all workers have left.
  ///
  /// @return false if they have not after that time
  boolean await(Duration time) throws InterruptedException {
    return serving.get() == 0 || ended.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  void stop() {
    stopped = true;
    if (starter == null) {
      closeNext();
    }
    wakeStarter();
  }

  /// Waits until no more workers are started, after [#stop].
  ///
  /// @return false if that is not so after that time
  boolean awaitStarter(Duration time) throws InterruptedException {
    VitalThread started = starter;
    return started == null || started.join(time);
  }

  /// How many turns have failed.
  int failures() {
    VitalThread started = starter;
    int all = failures.get() + (started == null ? 0 : started.failures());
    for (Worker worker : session.workers()) {
      all += worker.failures();
    }
    return all;
  }

  /// Whether workers are started when they are needed.
  boolean isAlive() {
    VitalThread started = starter;
    return started != null && started.isAlive();
  }

  int serving() {
    return serving.get();
  }

  int inside() {
    return inside.get();
  }

  private List<Long> requestsInside() {
    List<Long> requests = new ArrayList<>();
    for (Worker worker : session.workers()) {
      requests.add(worker.occupiedBy());
    }
    return requests;
  }

  /// Starts a worker, or leaves nothing behind.
  ///
  /// @param channel which is the worker's from now on
  private void add(Descriptor channel, @Nullable BitSet cpu, String threadName) {
    Worker worker = null;
    boolean started = false;
    try {
      worker = new Worker(this, dispatcher, channel, cpu);
      session.workers().add(worker);
      serving.incrementAndGet();
      worker.start(threadName);
      started = true;
    } finally {
      if (!started) {
        discard(channel, worker);
      }
    }
  }

  private void discard(Descriptor channel, @Nullable Worker worker) {
    channel.close();
    if (worker != null && session.workers().remove(worker)) {
      serving.decrementAndGet();
    }
    if (worker != null) {
      worker.close();
    }
  }
}
