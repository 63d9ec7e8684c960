package org.driverfs.lab.thread;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// 7: one thread performs every load and unload, one after another. That orders these among each
/// other; callers run elsewhere, and race with them as before.
final class Serial extends Unlocked {
  private final ExecutorService loader =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("loader").factory());

  @Override
  public Pointer load(Memory driver) {
    return inLoader(() -> super.load(driver));
  }

  @Override
  public void unload(Pointer pointer) {
    inLoader(() -> {
      super.unload(pointer);
      return true;
    });
  }

  private <T> T inLoader(Callable<T> task) {
    try {
      return loader.submit(task).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    loader.shutdown();
  }
}
