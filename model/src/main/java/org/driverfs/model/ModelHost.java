package org.driverfs.model;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.driverfs.errno.DriverfsException;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;

/// What only whoever brings modules into a model may do with them, and not the modules themselves:
/// they are given a [Module], and never this.
public final class ModelHost {
  private final Workqueue workqueue;

  ModelHost(Workqueue workqueue) {
    this.workqueue = workqueue;
  }

  /// Counts one more user of an object, as whoever represents it does for each of its clients.
  ///
  /// @return false once it is unregistered; then nothing was counted
  public boolean get(Kobject object) {
    return object.get();
  }

  /// Ends one successful [#get].
  public void put(Kobject object) {
    object.put();
  }

  /// Who uses a module, and whether it may still be used.
  public UseCount useCount(Module module) {
    return module.useCount();
  }

  /// The init of a module has ended well: it is LIVE from now on.
  public void loaded(Module module) {
    module.loaded();
  }

  /// Lets the code of a module find its own class loader as that of its thread's context.
  ///
  /// @param loader null when nothing here may know its classes any more
  public void loadedBy(Module module, @Nullable ClassLoader loader) {
    module.classLoader(loader);
  }

  /// Lets a module need another, or need it no more.
  public void hold(Module provider, Module holder, boolean isHeld) {
    provider.heldBy(holder, isHeld);
  }

  /// Runs something in a thread of its own, which is inside the code of one module alone and may
  /// take any time.
  public void execute(Module module, Runnable work) {
    workqueue.execute(module, work);
  }

  /// Runs something in a thread of its own, which may run anybody's code and take any time.
  public void execute(Runnable work) {
    workqueue.execute(work);
  }

  /// Calls something that is inside the code of a module, and waits for it, but not for ever: then
  /// it goes on, and what comes of it is dropped.
  ///
  /// @throws TimeoutException if it takes longer
  /// @throws DriverfsException what it threw
  public <R extends @Nullable Object> R call(Module module, Duration deadline, Callable<R> callable)
      throws InterruptedException, TimeoutException {
    return workqueue.call(module, deadline, callable);
  }
}
