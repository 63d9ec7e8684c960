package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.ContextThread;
import org.jspecify.annotations.Nullable;

/// Platform threads in which the code of drivers runs, and the timer of the framework, which runs
/// none of it. A virtual thread would not do: in a loop, or in native code, it keeps a carrier that
/// all others of the JVM need.
///
/// What is inside the code of one owner goes through its [Lane]. Threads come when they are needed
/// and end when they are not. One that cannot be had now is asked for again: nothing is lost.
///
/// Thread-safe.
final class Workqueue {
  private static final int RUNNERS = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  private static final int MOST_RUNNERS = 1024;
  private static final Duration PATIENCE = Duration.ofMillis(1);
  private static final long IDLE_SECONDS = 1;
  private static final Duration AGAIN = Duration.ofMillis(100);
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private static final class DriverThread extends ContextThread {
    /// Whose code this runs and nobody else's; null while it may be anybody's. Of this thread.
    private @Nullable Code owner;

    DriverThread(String name, Runnable body) {
      super(name, body);
      setContextClassLoader(ClassLoader.getSystemClassLoader()); // not that of who needs it first
    }

    static DriverThread of(Runnable body) {
      return new DriverThread("driverfs-driver-" + NUMBERS.incrementAndGet(), body);
    }
  }

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          DriverThread::of);

  /// What was submitted and has not begun. Guarded by its monitor, as is what follows.
  private final Queue<Runnable> ready = new ConcurrentLinkedQueue<>();

  @SuppressWarnings("UnnecessaryLambda") // made before there may be no memory for it
  private final Runnable runner = this::runReady;

  private int runners;
  private long turns;
  private boolean isWatched;

  private static ScheduledThreadPoolExecutor timer() {
    var timer =
        new ScheduledThreadPoolExecutor(1, body -> new DriverThread("driverfs-timer", body));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /// Runs something after a while, in the thread of the timer: it may only hand over to others.
  ///
  /// @return what it can be cancelled by
  static Future<?> after(Duration delay, Runnable action) {
    return TIMER.schedule(() -> contain(action), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Runs something that may call the code of several owners, in its turn: as many at once as there
  /// are processors, and one more whenever none of those has got on for a moment.
  void submit(Runnable work) {
    boolean starts;
    boolean watches;
    synchronized (ready) {
      ready.add(work);
      starts = runners < RUNNERS;
      runners += starts ? 1 : 0;
      watches = !starts && !isWatched;
      isWatched |= watches;
    }
    if (starts) {
      execute(runner);
    }
    if (watches) {
      watch(-1);
    }
  }

  private void runReady() {
    for (Runnable next = nextReady(); next != null; next = nextReady()) {
      runFor(null, next);
    }
  }

  private @Nullable Runnable nextReady() {
    synchronized (ready) {
      turns++;
      Runnable next = ready.poll();
      runners -= next == null ? 1 : 0;
      return next;
    }
  }

  /// @param before how many turns there had been a moment ago
  private void watch(long before) {
    try {
      var _ = after(PATIENCE, () -> look(before));
    } catch (Throwable _) { // no memory: whoever comes next begins anew
      synchronized (ready) {
        isWatched = false;
      }
    }
  }

  private void look(long before) {
    boolean goesOn;
    boolean starts;
    long now;
    synchronized (ready) {
      goesOn = !ready.isEmpty();
      isWatched = goesOn;
      now = turns;
      starts = goesOn && now == before && runners < MOST_RUNNERS;
      runners += starts ? 1 : 0;
    }
    if (starts) {
      execute(runner);
    }
    if (goesOn) {
      watch(now);
    }
  }

  /// Runs something in a thread of its own, since it may take any time.
  void execute(Runnable work) {
    while (true) {
      try {
        threads.execute(() -> runFor(null, work));
        return;
      } catch (Throwable _) { // there is no thread to be had now, or no memory
        if (isPutOff(work)) {
          return;
        }
      }
    }
  }

  private boolean isPutOff(Runnable work) {
    try {
      var _ = after(AGAIN, () -> execute(work));
      return true;
    } catch (Throwable _) {
      LockSupport.parkNanos(AGAIN.toNanos());
      return false;
    }
  }

  /// Runs something in a thread of its own, which is inside the code of one owner alone.
  void execute(Code code, Runnable work) {
    execute(() -> runFor(code.laneOwner(), work));
  }

  /// Runs something that is inside the code of one owner, when its lane has room.
  void queue(Code code, Runnable work) {
    code.lane().add(work);
    fill(code.laneOwner());
  }

  /// Runs something that is inside the code of one owner: here, if this thread is for that owner
  /// alone, and else when its lane has room.
  void runOrQueue(Code code, Runnable work) {
    if (Thread.currentThread() instanceof DriverThread thread && thread.owner == code.laneOwner()) {
      work.run();
    } else {
      queue(code, work);
    }
  }

  /// Calls something that is inside the code of one owner, and waits for its end. If that does not
  /// come in time it goes on, and what comes of it is dropped.
  ///
  /// @throws TimeoutException if it takes longer
  /// @throws DriverfsException what it threw; it throws nothing else
  <R extends @Nullable Object> R call(Code code, Duration deadline, Callable<R> callable)
      throws InterruptedException, TimeoutException {
    var task = new FutureTask<>(callable);
    runOrQueue(code, task);
    try {
      return task.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverfsException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /// Calls something that enters the code of an owner, in this thread, and counts it there.
  <R extends @Nullable Object> R visit(Code code, Supplier<R> call) {
    Lane lane = code.lane();
    lane.enter();
    try {
      return call.get();
    } finally {
      lane.leave();
      fill(code.laneOwner());
    }
  }

  private void fill(Code owner) {
    Lane lane = owner.lane();
    while (lane.begin()) {
      execute(lane.worker());
    }
  }

  /// Runs what waits in the lane of an owner.
  static void workOff(Code owner) {
    Lane lane = owner.lane();
    lane.arrive();
    for (Runnable next = takeNext(lane); next != null; next = takeNext(lane)) {
      runFor(owner, next);
    }
  }

  private static @Nullable Runnable takeNext(Lane lane) {
    while (true) {
      try {
        return lane.takeNext();
      } catch (Throwable _) { // no memory
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
  }

  /// Whatever becomes of the thread meanwhile, it is as before afterwards.
  private static void runFor(@Nullable Code owner, Runnable work) {
    var thread = (DriverThread) Thread.currentThread();
    thread.owner = owner;
    contain(work);
    thread.owner = null;
    thread.restore();
  }

  private static void contain(Runnable work) {
    try {
      work.run();
    } catch (Throwable t) {
      Gate.tell(Level.ERROR, "a piece of work failed; others go on", Thrown.printable(t));
    }
  }
}
