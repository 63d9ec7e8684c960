package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
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

  /// @param child the device that this stands for; null for anything else
  private record Held(String name, AutoCloseable resource, @Nullable Device child) {}

  private final Gate gate;
  private final Code code;
  private final Kobject object;
  private final Listener listener;

  // Guarded by the monitor of this.
  private final Deque<Held> held = new ArrayDeque<>(0);
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
    own(new Held(name, resource, null));
    return resource;
  }

  /// Unregisters a device at the end, and waits for its driver before it goes on; without a thread.
  ///
  /// @throws DriverfsException ENODEV if that is over; then it was unregistered
  public void own(Device child, AutoCloseable unregister) {
    own(new Held(child.toString(), unregister, child));
  }

  private void own(Held next) {
    synchronized (this) {
      if (!isOver) {
        held.push(next);
        return;
      }
    }
    release(next);
    throw new DriverfsException(
        Errno.ENODEV,
        object.where(),
        next.name() + " comes too late: " + code + " has lost what it was for");
  }

  /// Forgets a device that was unregistered before the end.
  public synchronized void disown(Device child) {
    held.removeIf(it -> child.equals(it.child()));
  }

  /// Starts a thread, which is interrupted and waited for at the end.
  ///
  /// @param name of the thread
  /// @throws DriverfsException ENODEV if that is over
  public void start(String name, Runnable body) {
    executor(name).execute(body);
  }

  /// Runs something again and again, until it throws or the end. It is not run twice at once.
  ///
  /// @param name of the thread
  /// @param pause between the end of one run and the next, and before the first
  /// @throws DriverfsException ENODEV if that is over
  public void every(String name, Duration pause, Runnable body) {
    Thread timer =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                while (true) {
                  Thread.sleep(pause);
                  run(name, body);
                }
              } catch (InterruptedException | DriverfsException _) {
                // It is over, or the gate has told the log what the code threw.
              }
            });
    own(name, () -> end(timer));
    timer.start();
  }

  /// An executor with a thread for each task. At the end, those that run are interrupted and waited
  /// for.
  ///
  /// @param name of its threads
  /// @throws DriverfsException ENODEV if that is over
  public ExecutorService executor(String name) {
    var executor = new TaskExecutor(name, body -> run(name, body));
    own(
        name,
        () -> {
          executor.shutdownNow();
          executor.close();
        });
    return executor;
  }

  /// What is held now, the first first.
  public synchronized List<String> names() {
    return held.reversed().stream().map(Held::name).toList();
  }

  /// Releases everything, and goes on. The code cannot go meanwhile. If somebody is still inside
  /// the driver of a child, the rest follows when they leave, in their thread.
  ///
  /// @param then runs once, after the last
  public void release(Runnable then) {
    for (Held next = take(); next != null; next = take()) {
      release(next);
      Binding last = next.child() == null ? null : next.child().binding;
      if (last != null) {
        last.whenEnded(() -> gate.outside(object, () -> release(then)));
        return;
      }
    }
    then.run();
  }

  private synchronized @Nullable Held take() {
    isOver = true;
    return held.poll();
  }

  private void release(Held last) {
    DriverfsException failure = null;
    try {
      gate.callPinned(
          code,
          object,
          new Operation(Kind.RELEASE, last.name()),
          () -> {
            last.resource().close();
            return true;
          });
    } catch (DriverfsException e) {
      failure = e;
    }
    listener.released(last.name(), failure);
  }

  private void run(String name, Runnable body) {
    gate.callPinned(
        code,
        object,
        new Operation(Kind.TASK, name),
        () -> {
          body.run();
          return true;
        });
  }

  /// Waits as long as it takes, whoever interrupts: nobody may be in the code afterwards.
  private static void end(Thread thread) {
    boolean interrupted = false;
    thread.interrupt();
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
