package org.driverfs.fuse;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.driverfs.posix.Descriptor;
import org.jspecify.annotations.Nullable;

/// The workers of a mount: one on each CPU, and more while all of those are inside drivers.
///
/// There is always one outside, so that the mount answers whatever drivers do. A thread of its own
/// starts it: the worker that is the last to go inside raises the alarm, and that thread looks
/// again after a millisecond, because most callbacks are over by then. At the limit, the last
/// worker outside stays there, and requests that need a driver are refused.
///
/// While the alarm stands nobody is woken for another one. It is taken back before the thread looks
/// who is inside, and a worker says that it is before it looks at the alarm: a worker that found
/// the alarm raised is seen.
final class Workers implements Runnable {
  /// Opens a descriptor for one more worker.
  interface Channels {
    /// @param blocking whether a read waits for a request
    Descriptor open(boolean blocking);
  }

  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(1);

  private final int limit;
  private final Session session;
  private final FuseDispatcher dispatcher;
  private final Channels channels;
  private final LongConsumer releaser;
  private final String name;
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger serving = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean alarm;
  private volatile boolean stopped;
  private volatile @Nullable Thread starter;

  /// @param limit how many workers there are at most
  /// @param releaser closes an open file when no worker can
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
    for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
      var one = new BitSet();
      one.set(cpu);
      add(one, name + "-cpu" + cpu);
    }
    starter = Thread.ofPlatform().daemon().name(name + "-starter").start(this);
  }

  /// Called before the code of a driver.
  ///
  /// @return false if there are too many inside already
  boolean enter() {
    int now = inside.incrementAndGet();
    if (now >= serving.get()) {
      if (now >= limit) {
        inside.decrementAndGet();
        return false;
      }
      raiseAlarm();
    }
    return true;
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
    Thread.ofVirtual().name(name + "-release").start(() -> releaser.accept(handle));
  }

  void ended(Worker worker) {
    session.workers().remove(worker);
    if (serving.decrementAndGet() == 0) {
      ended.countDown();
    }
    if (inside.get() >= serving.get()) {
      raiseAlarm();
    }
  }

  /// Starts a worker whenever all that there are have been inside for a while.
  @Override
  public void run() {
    while (!stopped) {
      if (!alarm) {
        LockSupport.park(this);
        continue;
      }
      List<Long> before = requestsInside();
      LockSupport.parkNanos(this, PATIENCE);
      alarm = false;
      List<Long> now = requestsInside();
      if (inside.get() < serving.get() || serving.get() >= limit || stopped) {
        continue;
      }
      if (now.equals(before)) {
        add(null, name + "-extra");
      } else {
        alarm = true;
      }
    }
  }

  private void raiseAlarm() {
    if (!alarm) {
      alarm = true;
      LockSupport.unpark(starter);
    }
  }

  /// Waits until the kernel has ended the connection and all workers have left.
  void await() throws InterruptedException {
    ended.await();
  }

  boolean await(long time, TimeUnit unit) throws InterruptedException {
    return ended.await(time, unit);
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(starter);
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

  private void add(@Nullable BitSet cpu, String threadName) {
    var worker = new Worker(this, dispatcher, channels.open(cpu != null), cpu);
    session.workers().add(worker);
    serving.incrementAndGet();
    Thread.ofPlatform().daemon().name(threadName).start(worker);
  }
}
