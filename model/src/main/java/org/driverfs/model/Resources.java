package org.driverfs.model;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;
import org.driverfs.model.Operation.Kind;
import org.jspecify.annotations.Nullable;

/// What some code has acquired, for a device or for its module: released in reverse, each through
/// the [Gate], so that who hangs in it is named. Thread-safe.
public final class Resources {
  /// Hears of each thing that was released.
  public interface Listener {
    /// @param name what it is called
    /// @param failure why it could not be released; null if it was
    void released(String name, @Nullable DriverfsException failure);
  }

  /// Something that is held; only itself.
  private final class Held implements Insistence.Step {
    final String name;
    final AutoCloseable resource;
    final @Nullable Device child;
    private boolean isClosed;
    private @Nullable DriverfsException failure;

    /// @param child the device that this stands for; null for anything else
    Held(String name, AutoCloseable resource, @Nullable Device child) {
      this.name = name;
      this.resource = resource;
      this.child = child;
    }

    @Override
    public void take() {
      release(this);
    }
  }

  private final Gate gate;
  private final Code code;
  private final Kobject object;
  private final Listener listener;

  // Guarded by the monitor of this.
  private final SequencedSet<Held> held = new LinkedHashSet<>(0);
  private boolean isOver;

  /// Nothing yet.
  ///
  /// @param code whose callbacks run while what is acquired is used and released. It is pinned then
  /// @param object what for
  public Resources(Gate gate, Code code, Kobject object, Listener listener) {
    this.gate = gate;
    this.code = code;
    this.object = object;
    this.listener = listener;
  }

  /// Closes something at the end.
  ///
  /// @param name what it is called if it cannot be closed
  /// @return the same
  /// @throws DriverfsException ENODEV if that is over; then the resource was closed
  public <C extends AutoCloseable> C own(String name, C resource) {
    hold(new Held(name, resource, null));
    return resource;
  }

  /// Unregisters a device at the end, and waits for its driver before it goes on; without a thread.
  /// If it goes before that, it is forgotten.
  ///
  /// @param whenGone runs when it is not registered any more
  /// @throws DriverfsException ENODEV if that is over; then it was unregistered
  public void own(Device child, AutoCloseable unregister, Runnable whenGone) {
    var next = new Held(child.toString(), unregister, child);
    hold(next);
    child.whenGone(() -> {
      forget(next);
      whenGone.run();
    });
  }

  private void hold(Held next) {
    synchronized (this) {
      if (!isOver) {
        held.add(next);
        return;
      }
    }
    release(next);
    throw new DriverfsException(
        Errno.ENODEV,
        object.where(),
        next.name + " comes too late: " + code + " has lost what it was for");
  }

  /// Listens to all events from now on, until the end at the latest.
  ///
  /// @throws DriverfsException ENODEV if that is over
  public Events.Subscription subscribe(Events events) {
    Events.Subscription subscription = events.subscribe();
    var next = new Held("subscription", subscription, null);
    hold(next);
    subscription.whenClosed(() -> forget(next));
    return subscription;
  }

  private synchronized void forget(Held gone) {
    held.remove(gone);
  }

  /// Closes something before the end that was to be closed then; does nothing if it is not held.
  ///
  /// @throws DriverfsException what closing it threw
  @SuppressWarnings("ReferenceEquality") // that very one, whatever its equals says
  public void close(AutoCloseable resource) {
    Held found = null;
    synchronized (this) {
      for (Held each : held) {
        found = each.resource == resource ? each : found;
      }
      held.remove(found);
    }
    if (found != null) {
      closeHeld(found);
    }
  }

  /// Starts a thread, which is interrupted and waited for at the end.
  ///
  /// @param name of the thread
  /// @throws DriverfsException ENODEV if that is over; EAGAIN if the owner of the code has too many
  public void start(String name, Runnable body) {
    ExecutorService executor = executor(name);
    try {
      executor.execute(body);
    } finally {
      executor.shutdown(); // it is forgotten with its last task
    }
  }

  /// Runs something again and again, until it throws or the end. It is not run twice at once.
  ///
  /// @param name of the thread
  /// @param pause between the end of one run and the next, and before the first
  /// @throws DriverfsException ENODEV if that is over
  public void every(String name, Duration pause, Runnable body) {
    new Timer(name, pause, body).begin();
  }

  /// An executor with a thread for each task. At the end, those that run are interrupted and waited
  /// for; it is forgotten when it has terminated before.
  ///
  /// @param name of its threads
  /// @throws DriverfsException ENODEV if that is over
  public ExecutorService executor(String name) {
    return executor(name, this::startTask, () -> {});
  }

  private TaskExecutor executor(String name, TaskExecutor.Runner runner, Runnable whenEnded) {
    var own = new AtomicReference<@Nullable Held>();
    var executor =
        new TaskExecutor(
            runner,
            body -> run(name, body),
            () -> {
              Held mine = own.get();
              if (mine != null) {
                forget(mine);
              }
            });
    var next =
        new Held(
            name,
            () -> {
              whenEnded.run();
              executor.end();
            },
            null);
    own.set(next);
    hold(next);
    return executor;
  }

  private void startTask(Runnable task) {
    Lane lane = code.lane();
    if (!lane.beginTask()) {
      throw new DriverfsException(
          Errno.EAGAIN,
          object.where(),
          code.laneOwner() + " has " + Lane.MOST_TASKS + " threads already; let some of them end");
    }
    gate.workqueue()
        .execute(
            code,
            () -> {
              try {
                task.run();
              } finally {
                lane.endTask();
              }
            });
  }

  /// Something that runs again and again, in a thread only while it runs.
  private final class Timer {
    private final Duration pause;
    private final Runnable body;
    private final TaskExecutor executor;

    /// The next run, as long as it has not begun.
    private volatile @Nullable Future<?> next;

    Timer(String name, Duration pause, Runnable body) {
      this.pause = pause;
      this.body = body;
      this.executor = executor(name, task -> gate.workqueue().queue(code, task), this::cancel);
    }

    void begin() {
      next = Workqueue.after(pause, () -> executor.tryExecute(this::run));
      if (executor.isShutdown()) {
        cancel();
      }
    }

    private void run() {
      boolean goesOn = false;
      try {
        body.run();
        goesOn = true;
      } finally {
        if (goesOn) {
          begin();
        } else {
          executor.shutdown();
        }
      }
    }

    private void cancel() {
      Future<?> last = next;
      if (last != null) {
        last.cancel(false);
      }
    }
  }

  /// What is held now, the first first.
  public synchronized List<String> names() {
    return held.stream().map(it -> it.name).toList();
  }

  /// Releases everything, and goes on. The code cannot go meanwhile. If somebody is still inside
  /// the driver of a child, the rest follows when they leave, in their thread.
  ///
  /// @param then runs once, after the last
  public void release(Runnable then) {
    for (Held next = take(); next != null; next = take()) {
      Insistence.take(next);
      Binding last = next.child == null ? null : next.child.binding;
      if (last != null) {
        last.whenEnded(() -> gate.workqueue().queue(code, () -> release(then)));
        return;
      }
    }
    then.run();
  }

  private synchronized @Nullable Held take() {
    isOver = true;
    return held.isEmpty() ? null : held.removeLast();
  }

  private void release(Held last) {
    if (!last.isClosed) { // or there was no memory to tell of it
      last.failure = new DriverfsException(Errno.ENOMEM, object.where(), "was not released");
      last.isClosed = true;
      last.failure = failure(last);
    }
    listener.released(last.name, last.failure);
  }

  private @Nullable DriverfsException failure(Held last) {
    try {
      closeHeld(last);
      return null;
    } catch (DriverfsException e) {
      return e;
    } catch (Throwable t) { // what comes after it is released all the same
      return new DriverfsException(Errno.ENOMEM, object.where(), "was not released: " + t, t);
    }
  }

  private void closeHeld(Held last) {
    gate.callBound(
        code,
        object,
        new Operation(Kind.RELEASE, last.name),
        () -> {
          last.resource.close();
          return true;
        });
  }

  private void run(String name, Runnable body) {
    Thread.currentThread().setName(name); // until this piece of work ends
    try {
      gate.callPinned(
          code,
          object,
          new Operation(Kind.TASK, name),
          () -> {
            body.run();
            return true;
          });
    } catch (DriverfsException _) {
      // The gate has told the log what the code threw.
    }
  }
}
