package org.driverfs.model;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/// That a driver has a device, from before its probe until after its remove.
///
/// Its references are those who are in, or have open, an attribute of the driver for this device.
/// When it is retired and the last of them has left, the driver's remove runs, in that thread.
final class Binding extends org.driverfs.lifetime.Refcounted {
  private enum Stage {
    PROBING,
    ANNOUNCING,
    BOUND,
    GOING
  }

  private final Device device;
  private final Driver driver;
  private final Binder binder;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.PROBING);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

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
    Stage now = stage.get();
    return now == Stage.BOUND || now == Stage.ANNOUNCING;
  }

  /// @return false if somebody wants the device to be unbound already
  boolean probed() {
    return stage.compareAndSet(Stage.PROBING, Stage.ANNOUNCING);
  }

  /// @return false if somebody wants the device to be unbound already
  boolean announced() {
    return stage.compareAndSet(Stage.ANNOUNCING, Stage.BOUND);
  }

  /// Begins the end. If the device is still being probed or announced, whoever does that goes on
  /// from there, so that nobody hears of the end before the beginning.
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
    binder.removed(this);
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
