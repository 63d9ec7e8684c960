package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Operation.Kind;
import org.jspecify.annotations.Nullable;

/// Lets all devices sleep, wakes them, and shuts them down: children before their parents and
/// consumers before their suppliers, and the other way when they wake.
///
/// Nothing is probed from before the first device is told until after the last one works again. A
/// device that sleeps because nobody uses it is let alone.
final class SystemSleep {
  private static final Operation SHUTDOWN = new Operation(Kind.SHUTDOWN);

  /// Where the system is.
  enum State {
    ON,
    SUSPENDING,
    SUSPENDED,
    RESUMING,
    OFF
  }

  private final Model model;
  private final Gate gate;
  private final Searches searches;
  private final AtomicReference<State> state = new AtomicReference<>(State.ON);

  SystemSleep(Model model, Searches searches) {
    this.model = model;
    this.gate = model.gate();
    this.searches = searches;
  }

  State state() {
    return state.get();
  }

  /// @throws DriverfsException see [Power#suspend]
  void suspend(Duration deadline) throws InterruptedException {
    requireOutside();
    go(State.ON, State.SUSPENDING);
    try {
      if (!searches.pause(deadline)) {
        throw new DriverfsException(
            Errno.EBUSY, "suspend", "devices are being probed: " + gate.inside(_ -> true));
      }
      List<Device> order = Order.needsFirst(model.devices());
      for (SleepLevel level : SleepLevel.values()) {
        for (Device device : order.reversed()) {
          suspend(device, level);
        }
      }
      state.set(State.SUSPENDED);
    } finally {
      if (state.get() != State.SUSPENDED) {
        wake();
      }
    }
  }

  private void suspend(Device device, SleepLevel level) {
    Activity activity = device.findActivity();
    if (activity != null) {
      activity.awaitStable();
      if (activity.sleeper() != null && activity.state() == Activity.State.SUSPENDED) {
        return;
      }
    }
    call(
        device,
        new Operation(Kind.SUSPEND, level.toString()),
        binding -> {
          binding.driver().callbacks().suspend(device, level);
          binding.asleep(level);
        });
  }

  /// @throws DriverfsException see [Power#resume]
  void resume() {
    requireOutside();
    go(State.SUSPENDED, State.RESUMING);
    List<DriverfsException> failures = wake();
    if (!failures.isEmpty()) {
      var first = failures.getFirst();
      throw new DriverfsException(
          first.errno(),
          first.path(),
          "%d devices have not come back well; this one: %s"
              .formatted(failures.size(), first.sentence()),
          first);
    }
  }

  /// Wakes those that sleep, and tells the log who fails.
  private List<DriverfsException> wake() {
    state.set(State.RESUMING);
    List<DriverfsException> failures = new ArrayList<>();
    List<Device> order = Order.needsFirst(model.devices());
    for (WakeLevel level : WakeLevel.values()) {
      for (Device device : order) {
        wake(device, level, failures);
      }
    }
    state.set(State.ON);
    searches.resume();
    order.forEach(model.activities()::idleIfKnown);
    return failures;
  }

  private void wake(Device device, WakeLevel level, List<DriverfsException> failures) {
    Binding sleeping = device.binding;
    SleepLevel reached = sleeping == null ? null : sleeping.asleep();
    if (sleeping == null || reached == null || !level.undoes(reached)) {
      return;
    }
    try {
      call(
          device,
          new Operation(Kind.RESUME, level.toString()),
          binding -> binding.driver().callbacks().resume(device, level));
    } catch (DriverfsException e) {
      failures.add(e);
      Gate.LOG.log(Level.WARNING, "resume " + level + " failed: " + e.getMessage());
    }
    if (level == WakeLevel.ENABLE) {
      sleeping.asleep(null);
    }
  }

  /// Shuts all devices down; those that fail are in the log. Nothing is probed any more.
  void shutdown(Duration deadline) throws InterruptedException {
    requireOutside();
    go(State.ON, State.OFF);
    if (!searches.pause(deadline)) {
      Gate.LOG.log(Level.WARNING, "shut down while devices are probed: " + gate.inside(_ -> true));
    }
    for (Device device : Order.needsFirst(model.devices()).reversed()) {
      try {
        call(device, SHUTDOWN, binding -> binding.driver().callbacks().shutdown(binding.device()));
      } catch (DriverfsException e) {
        Gate.LOG.log(Level.WARNING, "shutdown failed: " + e.getMessage());
      }
    }
  }

  private interface Visit {
    void run(Binding binding) throws Exception;
  }

  /// Calls the driver of a device, if it has one. The binding in hand cannot be removed meanwhile.
  private void call(Device device, Operation operation, Visit visit) {
    @Nullable Binding binding = device.binding;
    if (binding == null || !binding.isBound() || !binding.get()) {
      return;
    }
    try {
      gate.callBound(
          binding.driver(),
          device,
          operation,
          () -> {
            visit.run(binding);
            return true;
          });
    } finally {
      binding.put();
    }
  }

  private void go(State from, State to) {
    if (!state.compareAndSet(from, to)) {
      throw new DriverfsException(
          Errno.EBUSY, "power", "the system is " + state.get().name().toLowerCase(Locale.ROOT));
    }
  }

  private void requireOutside() {
    if (gate.isInside()) {
      throw new DriverfsException(
          Errno.EDEADLK, "power", "a driver cannot ask for that from inside a callback");
    }
  }
}
