package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.ContextThread;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.VitalThread;
import org.jspecify.annotations.Nullable;

/// Closes open files for whoever may not wait for it: closing runs the code of drivers, which may
/// take any time. What hangs is left to the thread that it hangs in.
///
/// The threads are platform threads, since whoever blocks natively would keep a carrier of virtual
/// ones. There are at most 64, and they end when they are not needed. A keeper starts them, which
/// tries again when it cannot, so that no release is lost.
///
/// Thread-safe. The queue and the counts are guarded by the monitor of this, which is not held
/// while anything is released.
final class Releases implements Executor {
  private static final Logger LOG = System.getLogger("driverfs.fuse");
  private static final int MOST = 64;
  private static final long IDLE = TimeUnit.SECONDS.toNanos(5);

  private final String name;

  /// Whose links are made before anything changes: an array that cannot grow loses what it has.
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  private final VitalThread keeper;
  private int threads;

  /// How many of them wait for a release, or will when they have started.
  private int idle;

  private boolean ended;

  /// @param name of the threads
  Releases(String name) {
    this.name = name;
    this.keeper = VitalThread.start(name + "-keeper", this::startOne);
  }

  /// Has a release run in a thread of this; after [#end], runs it.
  ///
  /// @throws OutOfMemoryError if it cannot be kept, and then it is not
  @Override
  public void execute(Runnable release) {
    if (!keep(release)) {
      run(release);
    }
  }

  private synchronized boolean keep(Runnable release) {
    if (!ended) {
      waiting.add(release);
      notifyAll();
    }
    return !ended;
  }

  /// A turn of the keeper.
  private synchronized boolean startOne() throws InterruptedException {
    while (threads == MOST || waiting.size() <= idle) {
      if (ended && waiting.isEmpty()) {
        return false;
      }
      wait();
    }
    boolean started = false;
    try {
      new ContextThread(name, this::runAll).start();
      started = true;
    } finally {
      threads += started ? 1 : 0;
      idle += started ? 1 : 0;
    }
    return true;
  }

  private void runAll() {
    try {
      for (Runnable release = take(); release != null; release = take()) {
        run(release);
        ((ContextThread) Thread.currentThread()).restore();
        rest();
      }
    } finally {
      leave();
    }
  }

  /// The next release; waits for one.
  ///
  /// @return null if there was none for a while, or there will be none
  private synchronized @Nullable Runnable take() {
    try {
      long end = System.nanoTime() + IDLE;
      for (long left = IDLE; waiting.isEmpty() && !ended && left > 0; ) {
        pause(left);
        left = end - System.nanoTime();
      }
      return waiting.poll();
    } finally {
      idle--;
    }
  }

  private synchronized void rest() {
    idle++;
    notifyAll();
  }

  private void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, nanos);
    } catch (InterruptedException _) {
      // A driver has left that behind; it means nothing here.
    }
  }

  private synchronized void leave() {
    threads--;
    notifyAll();
  }

  private static void run(Runnable release) {
    try {
      release.run();
    } catch (Throwable t) {
      tell(t);
    }
  }

  private static void tell(Throwable failure) {
    try {
      LOG.log(Level.WARNING, "a file could not be closed", Thrown.printable(failure));
    } catch (Throwable _) {
      // The log fails too.
    }
  }

  /// Waits until all that was asked for is done.
  ///
  /// @return false if it is not after that time
  synchronized boolean await(Duration time) throws InterruptedException {
    return Deadline.await(this, time, this::isDone);
  }

  private boolean isDone() {
    return waiting.isEmpty() && threads == idle;
  }

  /// Lets the threads end when all that was asked for is done. Nobody waits for them.
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /// How many turns of the keeper have failed.
  int failures() {
    return keeper.failures();
  }

  /// Whether it can be relied on.
  boolean isAlive() {
    return keeper.isAlive();
  }
}
