package org.driverfs.model;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Runs each task in a thread of its own, and each through something that counts who is inside:
/// when this has terminated, nobody is.
final class TaskExecutor extends AbstractExecutorService {
  private final ExecutorService threads;
  private final Consumer<Runnable> runner;

  /// @param name of the threads
  /// @param runner runs a task in the thread that calls it
  TaskExecutor(String name, Consumer<Runnable> runner) {
    this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name).factory());
    this.runner = runner;
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(() -> runner.accept(task));
  }

  @Override
  public void shutdown() {
    threads.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return threads.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return threads.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return threads.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return threads.awaitTermination(timeout, unit);
  }
}
