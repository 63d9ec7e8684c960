package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Activity.State;
import org.jspecify.annotations.Nullable;

/// Keeps devices active while they are used, with all that they need, and lets those sleep that
/// nobody uses.
///
/// A device that has a driver is a user of itself, unless the driver lets it sleep and it may
/// (`control` is `auto`). A device that is active is a user of its parent and its suppliers. So a
/// parent sleeps after its children, and wakes before them.
final class Activities {
  private static final Operation SUSPEND = new Operation(Operation.Kind.SUSPEND, "runtime");
  private static final Operation RESUME = new Operation(Operation.Kind.RESUME, "runtime");

  private final Gate gate;
  private final Clock clock;

  /// Whether the whole system sleeps, so that nobody wakes or goes to sleep by itself.
  private final BooleanSupplier isAsleep;

  Activities(Gate gate, Clock clock, BooleanSupplier isAsleep) {
    this.gate = gate;
    this.clock = clock;
    this.isAsleep = isAsleep;
  }

  /// Makes a device active, and keeps it so until [#leave].
  ///
  /// @throws DriverfsException EBUSY while the system sleeps; EDEADLK from what wakes it or lets it
  ///   sleep; what the driver that is to wake it threw, or that of a device that it needs
  void enter(Device device) {
    Activity activity = device.activity(clock);
    if (!activity.enter()) {
      return;
    }
    List<Device> held = new ArrayList<>();
    boolean isAwake = false;
    try {
      if (activity.sleeper() != null && isAsleep.getAsBoolean()) {
        throw new DriverfsException(
            Errno.EBUSY, device.path(), "cannot be used while the system sleeps; resume it first");
      }
      for (Device needed : device.needed()) {
        enter(needed);
        held.add(needed);
      }
      call(device, activity.sleeper(), RESUME, RuntimePower::resume);
      isAwake = true;
    } finally {
      if (isAwake) {
        activity.woken(List.copyOf(held));
      } else {
        activity.stayed(State.SUSPENDED, true);
        held.forEach(this::leave);
      }
    }
  }

  /// Ends one [#enter].
  void leave(Device device) {
    if (device.activity(clock).leave()) {
      idle(device);
    }
  }

  /// Lets a device sleep as soon as it may, if nobody uses it.
  void idle(Device device) {
    Activity activity = device.activity(clock);
    Driver sleeper = activity.sleeper();
    if (activity.users() > 0 || activity.state() != State.ACTIVE) {
      return;
    }
    if (sleeper == null) {
      trySleep(device);
    } else if (activity.isAuto() && activity.delay() >= 0) {
      clock.after(Duration.ofNanos(Math.max(0, activity.idleFor())), () -> idleFor(device));
    }
  }

  /// The same, for a device that may never have mattered.
  void idleIfKnown(Device device) {
    if (device.findActivity() != null) {
      idle(device);
    }
  }

  private void idleFor(Device device) {
    Activity activity = device.activity(clock);
    if (isAsleep.getAsBoolean() || activity.sleeper() == null) {
      return;
    }
    if (activity.idleFor() > 0) {
      idle(device);
    } else if (activity.isAuto() && activity.delay() >= 0) {
      trySleep(device);
    }
  }

  private void trySleep(Device device) {
    try {
      sleep(device, false);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.INFO, device + " stays active: " + e.getMessage());
    }
  }

  /// Lets a device sleep now, if nobody uses it.
  ///
  /// @param force whether it does not matter for how long it has been idle
  /// @return whether it sleeps
  /// @throws DriverfsException what its driver threw: it stays active
  boolean sleep(Device device, boolean force) {
    Activity activity = device.activity(clock);
    if (!activity.beginToSleep(force)) {
      return activity.state() == State.SUSPENDED;
    }
    if (activity.sleeper() != null && isAsleep.getAsBoolean()) {
      activity.stayed(State.ACTIVE, false);
      return false;
    }
    boolean isAsleepNow = false;
    try {
      call(device, activity.sleeper(), SUSPEND, RuntimePower::suspend);
      isAsleepNow = true;
    } finally {
      if (isAsleepNow) {
        activity.slept().forEach(this::leave);
      } else {
        activity.stayed(State.ACTIVE, true);
      }
    }
    return true;
  }

  private interface Change {
    void run(RuntimePower power, Device device) throws Exception;
  }

  /// The driver's remove waits for the end of this: the state says that it is changing.
  private void call(Device device, @Nullable Driver driver, Operation operation, Change change) {
    RuntimePower power = driver == null ? null : driver.runtimePower();
    if (driver == null || power == null) {
      return;
    }
    gate.callBound(
        driver,
        device,
        operation,
        () -> {
          change.run(power, device);
          return true;
        });
  }

  /// A device is going to be probed: it is active, and all that it needs.
  void beforeProbe(Device device) {
    keep(device, true);
  }

  /// Makes a device a user of itself, or not.
  private void keep(Device device, boolean isKept) {
    Activity activity = device.activity(clock);
    if (!activity.keep(isKept)) {
      return;
    }
    if (!isKept) {
      leave(device);
      return;
    }
    boolean isActive = false;
    try {
      enter(device);
      isActive = true;
    } finally {
      if (!isActive) {
        activity.keep(false);
      }
    }
  }

  /// A device has a driver now.
  void bound(Device device, Driver driver) {
    if (driver.runtimePower() != null) {
      device.activity(clock).sleeper(driver);
      control(device, device.activity(clock).isAuto());
    }
  }

  /// A device is going to lose its driver: it is active until it has, if that is possible.
  void beforeRemove(Device device) {
    try {
      beforeProbe(device);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.WARNING, device + " is removed while it sleeps: " + e.getMessage());
    }
  }

  /// A device has no driver any more.
  void unbound(Device device) {
    Activity activity = device.activity(clock);
    activity.awaitStable();
    activity.sleeper(null);
    keep(device, false);
    idle(device);
  }

  /// Lets a device sleep when nobody uses it, or not.
  void control(Device device, boolean auto) {
    Activity activity = device.activity(clock);
    activity.auto(auto);
    keep(device, device.driver().isPresent() && (activity.sleeper() == null || !auto));
    idle(device);
  }

  /// A device has another parent.
  void moved(Device device, @Nullable Device oldParent, @Nullable Device newParent) {
    if (oldParent != newParent) {
      if (newParent != null) {
        needs(device, newParent, true);
      }
      if (oldParent != null) {
        needs(device, oldParent, false);
      }
    }
  }

  /// A device needs another from now on, or not any more.
  void needs(Device device, Device other, boolean isMore) {
    if (device.findActivity() == null) {
      return;
    }
    if (isMore) {
      enter(other);
      if (!device.activity(clock).holds(other, true)) {
        leave(other);
      }
    } else if (device.activity(clock).holds(other, false)) {
      leave(other);
    }
  }
}
