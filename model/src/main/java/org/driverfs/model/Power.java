package org.driverfs.model;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Activity.State;
import org.jspecify.annotations.Nullable;

/// Who sleeps and who is awake: all devices when the system does, and single ones that nobody uses
/// while it runs.
public final class Power {
  private final SystemSleep system;
  private final Activities activities;
  private final Clock clock;

  Power(SystemSleep system, Activities activities, Clock clock) {
    this.system = system;
    this.activities = activities;
    this.clock = clock;
  }

  /// That somebody uses a device, so that it stays active.
  public interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /// Lets all devices sleep, level by level. If one refuses, all are woken again.
  ///
  /// @param deadline how long to wait for devices that are being probed
  /// @throws DriverfsException EBUSY unless the system is on, or if probes take longer; what the
  ///   device threw that refuses; EDEADLK from inside a callback
  public void suspend(Duration deadline) throws InterruptedException {
    system.suspend(deadline);
  }

  /// Wakes all devices, level by level, also if some fail.
  ///
  /// @throws DriverfsException EBUSY unless the system sleeps; what the first device threw that
  ///   failed; EDEADLK from inside a callback
  public void resume() {
    system.resume();
  }

  /// Shuts all devices down, and wakes them before that if they sleep with the system. What fails
  /// goes to the log. Nothing is probed from now on.
  ///
  /// @param deadline how long to wait for devices that are being probed
  /// @throws DriverfsException EBUSY if that was done before, or while the system is suspended or
  ///   resumed; EDEADLK from inside a callback
  public void shutdown(Duration deadline) throws InterruptedException {
    system.shutdown(deadline);
  }

  /// The state of the system: `on`, `suspended`, `off`, or on the way to one of them.
  public String state() {
    return system.state().name().toLowerCase(Locale.ROOT);
  }

  /// Wakes a device and all that it needs, and keeps them awake until the use is closed.
  ///
  /// @throws DriverfsException EBUSY while the system sleeps; ENODEV if the device is not
  ///   registered; EDEADLK from what wakes it or lets it sleep; what the driver threw
  public Use use(Device device) {
    requireUsable(device);
    return activities.use(device);
  }

  /// Lets a device sleep now.
  ///
  /// @throws DriverfsException EOPNOTSUPP if its driver does not let it sleep while the system
  ///   runs; EBUSY if somebody uses it, or while the system sleeps; what the driver threw
  public void sleep(Device device) {
    requireUsable(device);
    Activity activity = device.activity(clock);
    if (activity.sleeper() == null) {
      throw new DriverfsException(
          Errno.EOPNOTSUPP,
          device.path(),
          "has no driver that lets it sleep while the system runs");
    }
    if (!activities.sleep(device)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          activity.isAuto()
              ? "has " + activity.users() + " users, such as devices that need it"
              : "stays active because its power/control is on; write auto there first");
    }
  }

  /// Wakes a device; it may sleep again when nobody has used it for a while.
  ///
  /// @throws DriverfsException see [#use]
  public void wake(Device device) {
    use(device).close();
  }

  /// Whether the device, or all, sleep: `on`, `suspended` or `off`. While all go to sleep or wake,
  /// those are `suspended` that have been told to sleep and do not work again.
  public String state(Device device) {
    return switch (system.state()) {
      case OFF -> "off";
      case SUSPENDED -> "suspended";
      default -> SystemSleep.isAsleep(device) || sleeps(device) ? "suspended" : "on";
    };
  }

  private static boolean sleeps(Device device) {
    Activity activity = device.findActivity();
    return activity != null && activity.sleeper() != null && activity.state() == State.SUSPENDED;
  }

  /// How it is with sleep while the system runs: `unsupported`, `active`, `suspending`,
  /// `suspended`, `resuming`, or `error` if the last change failed.
  public String runtimeStatus(Device device) {
    Activity activity = device.findActivity();
    if (activity == null || activity.sleeper() == null) {
      return "unsupported";
    }
    return activity.hasFailed() ? "error" : activity.state().name().toLowerCase(Locale.ROOT);
  }

  /// Whether the device may sleep when nobody uses it; at first it may not.
  public boolean isAuto(Device device) {
    Activity activity = device.findActivity();
    return activity != null && activity.isAuto();
  }

  /// Sets [#isAuto].
  ///
  /// @throws DriverfsException what its driver threw when it was woken, or EBUSY while the system
  ///   sleeps; then it may sleep as before
  public void auto(Device device, boolean auto) {
    requireRegistered(device);
    activities.control(device, auto);
  }

  /// How long a device has to be idle before it sleeps, in milliseconds; never if it is negative.
  public long autosuspendDelay(Device device) {
    Activity activity = device.findActivity();
    return TimeUnit.NANOSECONDS.toMillis(activity == null ? Activity.DELAY : activity.delay());
  }

  /// Sets [#autosuspendDelay].
  public void autosuspendDelay(Device device, long milliseconds) {
    device.activity(clock).delay(TimeUnit.MILLISECONDS.toNanos(milliseconds));
    activities.idle(device);
  }

  /// For how many milliseconds the device has been active, or not, since it first mattered.
  public long time(Device device, boolean active) {
    @Nullable Activity activity = device.findActivity();
    return activity == null ? 0 : TimeUnit.NANOSECONDS.toMillis(activity.time(active));
  }

  private void requireUsable(Device device) {
    requireRegistered(device);
    if (system.state() != SystemSleep.State.ON) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "cannot be used while the system is " + state());
    }
  }

  private static void requireRegistered(Device device) {
    if (!device.isRegistered()) {
      throw Registry.notRegistered(device);
    }
  }
}
