package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.lifetime.Refcounted;
import org.jspecify.annotations.Nullable;

/// That a driver has a device, from before its probe until after its remove.
///
/// Its references are those who are in, or have open, an attribute of the driver for this device.
/// When it is retired and the last of them has left, the driver's remove runs, in that thread.
final class Binding extends Refcounted {
  private enum Stage {
    PROBING,
    BOUND,
    GOING
  }

  private final Device device;
  private final Driver driver;
  private final Binder binder;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.PROBING);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /// Drivers that came while this was beginning or ending. Guarded by the monitor of this.
  private @Nullable List<Driver> late;

  /// Whether the device can be bound again. Guarded by the monitor of this.
  private boolean isOver;

  Binding(Device device, Driver driver, Binder binder) {
    this.device = device;
    this.driver = driver;
    this.binder = binder;
  }

  Device device() {
    return device;
  }

  Driver driver() {
    return driver;
  }

  boolean isBound() {
    return stage.get() == Stage.BOUND;
  }

  /// Called by the thread that changes the device.
  ///
  /// @return false if somebody wants the device to be unbound already
  synchronized boolean probed() {
    late = null;
    return stage.compareAndSet(Stage.PROBING, Stage.BOUND);
  }

  /// Begins the end. If the device is still being probed, whoever does that goes on from there.
  /// Called by the thread that changes the device.
  ///
  /// @return whether the caller goes on, by telling the observers and retiring this
  boolean beginToGo() {
    return stage.getAndSet(Stage.GOING) == Stage.BOUND;
  }

  void retireNow() {
    retire();
  }

  @Override
  protected void released() {
    binder.remove(this);
  }

  /// Keeps a driver that wants the device if it does not stay bound.
  ///
  /// @return false if this has ended: the driver can have the device now
  synchronized boolean keepLate(Driver other) {
    if (isOver) {
      return false;
    }
    if (!isBound()) {
      late = late == null ? new ArrayList<>() : late;
      late.add(other);
    }
    return true;
  }

  /// Called once, when the device can be bound again.
  ///
  /// @return the drivers that came late
  synchronized List<Driver> end() {
    isOver = true;
    return late == null ? List.of() : late;
  }

  /// Lets those go who wait for the end; nothing is held any more.
  void tellEnded() {
    ended.complete(null);
  }

  /// @return false if it has not ended within the deadline
  boolean awaitEnd(Duration deadline) throws InterruptedException {
    try {
      ended.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError("a binding ends without a result", e);
    }
  }
}
