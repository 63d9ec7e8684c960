package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Threads that measure. What one of them throws ends the measurement: the others alone would give
/// other figures.
///
/// @param <R> what each finds
final class Workers<R> {
  private final List<FutureTask<R>> tasks = new ArrayList<>();

  void start(Callable<R> work) {
    var task = new FutureTask<>(work);
    tasks.add(task);
    Thread.ofPlatform().daemon().start(task);
  }

  /// Waits until all have ended.
  ///
  /// @return what they found, in the order of their start
  List<R> join() throws InterruptedException {
    List<R> found = new ArrayList<>();
    for (FutureTask<R> task : tasks) {
      try {
        found.add(task.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a worker failed", e.getCause());
      }
    }
    return found;
  }
}
