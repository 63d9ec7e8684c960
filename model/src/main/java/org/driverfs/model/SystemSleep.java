package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeoutException;
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

  /// How long drivers together have to wake their devices, before nobody waits for them any more.
  private static final Duration WAKING = Duration.ofSeconds(10);

  private static final Visit NOTHING = _ -> {};

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

  /// Whether somebody suspends, resumes or shuts down now; who does writes the state. Guarded by
  /// the monitor of this.
  private boolean isBusy;

  private volatile State state = State.ON;

  /// Until when drivers are waited for, of [System#nanoTime]. Of whoever is busy.
  private long end;

  SystemSleep(Model model, Searches searches) {
    this.model = model;
    this.gate = model.gate();
    this.searches = searches;
  }

  State state() {
    return state;
  }

  /// Whether a device has been told to sleep with the system, and does not work again.
  static boolean isAsleep(Device device) {
    Binding binding = device.binding;
    return binding != null && binding.asleep() != null;
  }

  /// @throws DriverfsException see [Power#suspend]
  void suspend(Duration deadline) throws InterruptedException {
    begin(EnumSet.of(State.ON));
    until(deadline);
    try {
      state = State.SUSPENDING;
      if (!awaitQuiet(deadline)) {
        throw new DriverfsException(
            Errno.EBUSY, "suspend", "drivers are still at work: " + gate.inside(_ -> true));
      }
      List<Device> order = Order.needsFirst(model.devices()).reversed();
      for (SleepLevel level : SleepLevel.values()) {
        for (Device device : order) {
          suspend(device, level);
        }
      }
      state = State.SUSPENDED;
    } finally {
      if (state != State.SUSPENDED) {
        until(WAKING);
        wake();
        goOn();
      }
      end();
    }
  }

  /// Lets nothing be probed from now on, and waits for those who probe, and for devices that fall
  /// asleep or wake by themselves.
  ///
  /// @return false if that takes longer
  private boolean awaitQuiet(Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    boolean isQuiet = searches.pause(deadline);
    for (Device device : model.devices()) {
      Activity activity = device.findActivity();
      Duration left = Duration.ofNanos(end - System.nanoTime());
      isQuiet &= activity == null || activity.awaitStable(left);
    }
    return isQuiet;
  }

  private void suspend(Device device, SleepLevel level) {
    if (isSleepingByItself(device)) {
      return;
    }
    call(
        device,
        new Operation(Kind.SUSPEND, level.toString()),
        binding -> {
          binding.driver().callbacks().suspend(device, level);
          binding.asleep(level);
        },
        this::wakeLate);
  }

  /// A device has gone to sleep after the others were woken because that took too long.
  private void wakeLate(Binding binding) throws Exception {
    for (WakeLevel level : WakeLevel.values()) {
      SleepLevel reached = binding.asleep();
      if (reached != null && level.undoes(reached)) {
        binding.driver().callbacks().resume(binding.device(), level);
      }
    }
    binding.asleep(null);
  }

  private static boolean isSleepingByItself(Device device) {
    Activity activity = device.findActivity();
    if (activity == null) {
      return false;
    }
    activity.awaitStable(); // not long: who begins a change now finds that the system sleeps
    return activity.sleeper() != null && activity.state() == Activity.State.SUSPENDED;
  }

  /// @throws DriverfsException see [Power#resume]
  void resume() {
    begin(EnumSet.of(State.SUSPENDED));
    until(WAKING);
    List<DriverfsException> failures;
    try {
      failures = wake();
      goOn();
    } finally {
      end();
    }
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
    state = State.RESUMING;
    List<DriverfsException> failures = new ArrayList<>();
    List<Device> order = Order.needsFirst(model.devices());
    for (WakeLevel level : WakeLevel.values()) {
      for (Device device : order) {
        wake(device, level, failures);
      }
    }
    return failures;
  }

  /// Lets devices be probed, and sleep by themselves.
  private void goOn() {
    state = State.ON;
    searches.resume();
    model.devices().forEach(model.activities()::idleIfKnown);
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
          binding -> binding.driver().callbacks().resume(device, level),
          NOTHING);
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
    begin(EnumSet.of(State.ON, State.SUSPENDED));
    until(deadline);
    try {
      if (state == State.SUSPENDED) {
        wake();
      }
      state = State.OFF;
      if (!awaitQuiet(deadline)) {
        Gate.LOG.log(Level.WARNING, "shut down while drivers work: " + gate.inside(_ -> true));
      }
      Order.needsFirst(model.devices()).reversed().forEach(this::shutDown);
    } finally {
      end();
    }
  }

  private void shutDown(Device device) {
    try {
      call(device, SHUTDOWN, binding -> binding.driver().callbacks().shutdown(device), NOTHING);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.WARNING, "shutdown failed: " + e.getMessage());
    }
  }

  private interface Visit {
    void run(Binding binding) throws Exception;
  }

  /// How a call stands that somebody waits for, but not for ever.
  private enum Progress {
    WAITED_FOR,
    ENDED,
    GIVEN_UP
  }

  /// Calls the driver of a device, if it has one, in a thread of the driver's. The binding in hand
  /// cannot be removed meanwhile.
  ///
  /// @param late follows at once if nobody has waited for the end
  /// @throws DriverfsException ETIMEDOUT, naming it, if it takes too long: it goes on
  private void call(Device device, Operation operation, Visit visit, Visit late) {
    @Nullable Binding binding = device.binding;
    if (binding == null || !binding.isBound() || !binding.get()) {
      return;
    }
    var progress = new AtomicReference<>(Progress.WAITED_FOR);
    try {
      gate.workqueue()
          .call(binding.driver(), left(), () -> visit(binding, operation, visit, late, progress));
    } catch (TimeoutException | InterruptedException e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      if (progress.compareAndSet(Progress.WAITED_FOR, Progress.GIVEN_UP)) {
        throw tooLate(device, operation);
      }
    }
  }

  private boolean visit(
      Binding binding,
      Operation operation,
      Visit visit,
      Visit late,
      AtomicReference<Progress> progress) {
    try {
      return gate.callBound(
          binding.driver(),
          binding.device(),
          operation,
          () -> {
            visit.run(binding);
            if (!progress.compareAndSet(Progress.WAITED_FOR, Progress.ENDED)) {
              late.run(binding);
            }
            return true;
          });
    } finally {
      binding.put();
    }
  }

  private DriverfsException tooLate(Device device, Operation operation) {
    return new DriverfsException(
        Errno.ETIMEDOUT,
        device.path(),
        "%s takes too long, and goes on: %s"
            .formatted(operation, gate.inside(call -> call.object() == device)));
  }

  private void until(Duration deadline) {
    end = System.nanoTime() + deadline.toNanos();
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /// Begins what only one thread does at a time, until [#end].
  private synchronized void begin(Set<State> from) {
    requireOutside();
    if (isBusy || !from.contains(state)) {
      throw new DriverfsException(
          Errno.EBUSY, "power", "the system is " + state.name().toLowerCase(Locale.ROOT));
    }
    isBusy = true;
  }

  private synchronized void end() {
    isBusy = false;
  }

  private void requireOutside() {
    if (gate.isInside()) {
      throw new DriverfsException(
          Errno.EDEADLK, "power", "a driver cannot ask for that from inside a callback");
    }
  }
}
