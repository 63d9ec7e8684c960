package org.driverfs.model;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// Runs each task in a thread for it alone, and each through something that counts who is inside:
/// when this has terminated, nobody is. Guarded by its monitor.
final class TaskExecutor extends AbstractExecutorService {
  /// How a task runs.
  interface Runner {
    /// Starts it in a thread of the owner's.
    ///
    /// @throws org.driverfs.errno.DriverfsException EAGAIN if there are too many
    void start(Runnable task);
  }

  private final class Task implements Runnable {
    private final Runnable body;

    /// Who runs it now. Guarded by the monitor of the executor.
    private @Nullable Thread thread;

    Task(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      try {
        begin(this);
        inside.accept(body);
      } finally {
        end(this);
      }
    }
  }

  private final Runner runner;
  private final Consumer<Runnable> inside;
  private final Runnable whenTerminated;
  private final Set<Task> tasks = new LinkedHashSet<>();
  private boolean isShutdown;
  private boolean isInterrupted;

  /// @param inside runs the body of a task in the thread that calls it
  /// @param whenTerminated runs once, in the thread that was last
  TaskExecutor(Runner runner, Consumer<Runnable> inside, Runnable whenTerminated) {
    this.runner = runner;
    this.inside = inside;
    this.whenTerminated = whenTerminated;
  }

  @Override
  public void execute(Runnable body) {
    var task = new Task(body);
    synchronized (this) {
      if (isShutdown) {
        throw new RejectedExecutionException("it was shut down");
      }
      tasks.add(task);
    }
    boolean isStarted = false;
    try {
      runner.start(task);
      isStarted = true;
    } finally {
      if (!isStarted) {
        end(task);
      }
    }
  }

  /// Runs a task unless this is shut down, or there is no room.
  void tryExecute(Runnable body) {
    try {
      execute(body);
    } catch (RejectedExecutionException | DriverfsException _) {
      // It has ended meanwhile.
    }
  }

  private synchronized void begin(Task task) {
    task.thread = Thread.currentThread();
    if (isInterrupted) {
      task.thread.interrupt();
    }
  }

  private void end(Task task) {
    boolean isLast;
    synchronized (this) {
      task.thread = null; // nobody interrupts from now on what comes after it
      Thread.interrupted();
      isLast = tasks.remove(task) && isTerminated();
      notifyAll();
    }
    if (isLast) {
      whenTerminated.run();
    }
  }

  @Override
  public void shutdown() {
    boolean isLast;
    synchronized (this) {
      isLast = !isShutdown && tasks.isEmpty();
      isShutdown = true;
      notifyAll();
    }
    if (isLast) {
      whenTerminated.run();
    }
  }

  /// Those that have not begun run too, with the interrupt.
  @Override
  public List<Runnable> shutdownNow() {
    shutdown();
    synchronized (this) {
      isInterrupted = true;
      for (Task task : tasks) {
        if (task.thread != null) {
          task.thread.interrupt();
        }
      }
    }
    return List.of();
  }

  @Override
  public synchronized boolean isShutdown() {
    return isShutdown;
  }

  @Override
  public synchronized boolean isTerminated() {
    return isShutdown && tasks.isEmpty();
  }

  @Override
  public synchronized boolean awaitTermination(long timeout, TimeUnit unit)
      throws InterruptedException {
    return Deadline.await(this, Duration.ofNanos(unit.toNanos(timeout)), this::isTerminated);
  }

  /// Interrupts all and waits for their end, as long as it takes: nobody may be inside afterwards.
  void end() {
    shutdownNow();
    Uninterruptibly.pause(() -> {
      synchronized (this) {
        while (!isTerminated()) {
          wait();
        }
      }
    });
  }
}
