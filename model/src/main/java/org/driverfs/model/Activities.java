package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /// The device whose driver this thread is in, to suspend or resume it; null for none.
  private static final ThreadLocal<@Nullable Inside> INSIDE = new ThreadLocal<>();

  /// @param outer what the thread was in before
  private record Inside(Device device, @Nullable Inside outer) {}

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
    requireOutside(device);
    if (device.activity(clock).enterActive()) {
      return;
    }
    List<Device> held = new ArrayList<>();
    try {
      for (Device next : Order.needsFirst(List.of(device), needed -> !isActive(needed))) {
        enterAlone(next); // what it needs is awake, so that this does not go deep
        held.add(next);
      }
      held.removeLast(); // the device stays entered, for the caller
    } finally {
      leave(held);
    }
  }

  private boolean isActive(Device device) {
    return device.activity(clock).state() == State.ACTIVE;
  }

  private void enterAlone(Device device) {
    requireOutside(device);
    Activity activity = device.activity(clock);
    while (!activity.enterActive() && !wakeWithNeeds(device, activity)) {
      Thread.onSpinWait(); // it needs others than a moment ago
    }
  }

  /// What a device needs is entered before the device begins to change: whoever changes one device
  /// waits for no other, so that two whose needs are turned round cannot wait for each other.
  ///
  /// @return false if what it needs has changed meanwhile; then nothing was entered
  private boolean wakeWithNeeds(Device device, Activity activity) {
    Set<Device> needs = Set.copyOf(device.needed());
    List<Device> held = new ArrayList<>();
    boolean isHeldByDevice = false;
    try {
      for (Device needed : needs) {
        enter(needed);
        held.add(needed);
      }
      if (!activity.enter()) {
        return true; // somebody else has woken it
      }
      if (!needs.equals(Set.copyOf(device.needed()))) {
        activity.stayed(State.SUSPENDED, false);
        return false;
      }
      wake(device, activity, held);
      isHeldByDevice = true;
    } finally {
      if (!isHeldByDevice) {
        leave(held);
      }
    }
    letGo(device);
    return true;
  }

  private void wake(Device device, Activity activity, List<Device> held) {
    boolean isFailure = false;
    boolean isAwake = false;
    try {
      requireSystemAwake(device, activity);
      isFailure = true;
      call(device, activity.sleeper(), RESUME, RuntimePower::resume);
      isAwake = true;
    } finally {
      if (isAwake) {
        activity.woken(List.copyOf(held));
      } else {
        activity.stayed(State.SUSPENDED, isFailure);
      }
    }
  }

  /// Looked at after the state says that it is changing: the system, which says first that it goes
  /// to sleep, waits for the end of that.
  private void requireSystemAwake(Device device, Activity activity) {
    if (activity.sleeper() != null && isAsleep.getAsBoolean()) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "cannot be used while the system sleeps; resume it first");
    }
  }

  /// Ends one [#enter].
  void leave(Device device) {
    leave(List.of(device));
  }

  /// Ends an [#enter] of each, and what that leads to: what they need may sleep after them, and
  /// what that needs, however deep.
  private void leave(Collection<Device> devices) {
    Deque<Device> rest = new ArrayDeque<>(devices);
    for (Device next = rest.poll(); next != null; next = rest.poll()) {
      if (next.activity(clock).leave()) {
        idle(next, rest);
      }
    }
  }

  /// Makes a device active until the use is closed.
  ///
  /// @throws DriverfsException see [#enter]
  Power.Use use(Device device) {
    enter(device);
    var isOpen = new AtomicBoolean(true);
    return () -> {
      if (isOpen.getAndSet(false)) {
        leave(device);
      }
    };
  }

  /// Lets a device sleep as soon as it may, if nobody uses it.
  void idle(Device device) {
    Deque<Device> rest = new ArrayDeque<>();
    idle(device, rest);
    leave(rest);
  }

  /// @param rest gets those that the device does not keep active any more, for the caller to leave
  private void idle(Device device, Collection<Device> rest) {
    Activity activity = device.activity(clock);
    if (activity.sleeper() == null) {
      trySleep(device, rest);
    } else {
      activity.startTimer().ifPresent(at -> lookAgain(device, at));
    }
  }

  private void lookAgain(Device device, long at) {
    clock.after(
        Duration.ofNanos(Math.max(0, at - clock.nanoTime())),
        look -> {
          Driver sleeper = device.activity(clock).sleeper();
          if (sleeper == null) {
            gate.workqueue().execute(look);
          } else {
            gate.workqueue().queue(sleeper, look);
          }
        },
        () -> timedOut(device, at));
  }

  /// The same, for a device that may never have mattered.
  void idleIfKnown(Device device) {
    if (device.findActivity() != null) {
      idle(device);
    }
  }

  private void timedOut(Device device, long at) {
    if (device.activity(clock).endTimer(at) && !isAsleep.getAsBoolean()) {
      List<Device> rest = new ArrayList<>();
      if (!trySleep(device, rest)) {
        idle(device, rest); // it was used meanwhile
      }
      leave(rest);
    }
  }

  /// @param rest see [#idle]
  /// @return false if it may not yet
  private boolean trySleep(Device device, Collection<Device> rest) {
    try {
      return sleep(device, false, rest);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.INFO, device + " stays active: " + e.getMessage());
      return true; // it is asked again after its next use
    }
  }

  /// Lets a device sleep now, if nobody uses it, for however short a time that is.
  ///
  /// @return whether it sleeps
  /// @throws DriverfsException what its driver threw: it stays active; EDEADLK from what wakes it
  ///   or lets it sleep
  boolean sleep(Device device) {
    requireOutside(device);
    List<Device> rest = new ArrayList<>();
    try {
      return sleep(device, true, rest);
    } finally {
      leave(rest);
    }
  }

  /// @param force whether it does not matter for how long it has been idle
  /// @param rest see [#idle]
  private boolean sleep(Device device, boolean force, Collection<Device> rest) {
    Activity activity = device.activity(clock);
    if (!activity.beginToSleep(force)) {
      return activity.state() == State.SUSPENDED;
    }
    boolean isFailure = false;
    boolean sleeps = false;
    try {
      if (activity.sleeper() == null || !isAsleep.getAsBoolean()) {
        isFailure = true;
        call(device, activity.sleeper(), SUSPEND, RuntimePower::suspend);
        sleeps = true;
      }
    } finally {
      if (sleeps) {
        rest.addAll(activity.slept());
      } else {
        activity.stayed(State.ACTIVE, isFailure);
        letGo(device);
      }
    }
    if (!sleeps && !isAsleep.getAsBoolean()) {
      idle(device, rest); // the system woke meanwhile, and has not seen that this is idle
    }
    return sleeps;
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
    Inside outer = INSIDE.get();
    INSIDE.set(new Inside(device, outer));
    try {
      gate.callBound(
          driver,
          device,
          operation,
          () -> {
            change.run(power, device);
            return true;
          });
    } finally {
      INSIDE.set(outer);
    }
  }

  /// Whether this thread suspends or resumes the device, or something that it needs: then it must
  /// not wait for the device, which may wait for this.
  static boolean isInside(Device device) {
    for (Inside it = INSIDE.get(); it != null; it = it.outer()) {
      if (Links.needs(device, it.device())) {
        return true;
      }
    }
    return false;
  }

  private static void requireOutside(Device device) {
    if (isInside(device)) {
      throw new DriverfsException(
          Errno.EDEADLK,
          device.path(),
          "cannot be used by what suspends or resumes it, or a device that it needs");
    }
  }

  /// A device is going to be probed: it is active, and all that it needs.
  void beforeProbe(Device device) {
    device.activity(clock).pin(true);
    keep(device);
  }

  /// Makes a device a user of itself if it must be one, else not; whoever changes what that depends
  /// on calls this afterwards.
  private void keep(Device device) {
    Activity activity = device.activity(clock);
    if (activity.lacksKeeping()) {
      enter(device);
      if (!activity.keep()) {
        leave(device);
      }
    } else if (activity.keepNoLonger()) {
      leave(device);
    }
  }

  /// A device has been probed, and cannot be unbound before this returns.
  void bound(Device device, Driver driver) {
    device.activity(clock).bound(driver);
    keep(device);
  }

  /// The same for whoever cannot go back.
  void tryBound(Device device, Driver driver) {
    try {
      bound(device, driver);
    } catch (Throwable t) {
      Gate.tell(Level.WARNING, device + " may sleep although it should not: " + t, null);
    }
  }

  /// A device is going to lose its driver: it is active until it has, if that is possible, and the
  /// driver hears nothing more of its sleep.
  void beforeRemove(Device device) {
    try {
      beforeProbe(device);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.WARNING, device + " is removed while it sleeps: " + e.getMessage());
    } finally {
      device.activity(clock).removeSleeper();
    }
  }

  /// A device has no driver any more.
  void unbound(Device device) {
    device.activity(clock).pin(false);
    keep(device);
    idle(device);
  }

  /// Lets a device sleep when nobody uses it, or not.
  ///
  /// @throws DriverfsException see [#enter]; then it may sleep
  void control(Device device, boolean auto) {
    Activity activity = device.activity(clock);
    activity.auto(auto);
    boolean isDone = false;
    try {
      keep(device);
      isDone = true;
    } finally {
      if (!isDone) {
        activity.auto(true);
        if (activity.keepNoLonger()) {
          leave(device);
        }
      }
    }
    idle(device);
  }

  /// A device is going to need another: that is active until the use is closed, if the device is.
  ///
  /// @throws DriverfsException see [#enter]
  Power.Use beforeNeeding(Device device, @Nullable Device other) {
    Activity activity = device.findActivity();
    if (other == null || activity == null || activity.state() == State.SUSPENDED) {
      return () -> {};
    }
    requireOutside(device);
    return use(other);
  }

  /// A device needs another from now on.
  ///
  /// @throws DriverfsException see [#enter]
  void needs(Device device, Device other) {
    Activity activity = device.findActivity();
    if (activity != null) {
      enter(other);
      if (!activity.hold(other)) {
        leave(other);
      }
    }
  }

  /// A device has another parent, or none.
  ///
  /// @throws DriverfsException see [#enter]
  void moved(Device device) {
    device.parent().ifPresent(parent -> needs(device, parent));
    letGo(device);
  }

  /// A device may not need all any more that it did.
  void letGo(Device device) {
    Activity activity = device.findActivity();
    if (activity != null) {
      leave(activity.letGo());
    }
  }
}
