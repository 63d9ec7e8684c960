package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// Whether one device is active, and who wants it to be: its users, among them the devices that
/// need it as long as they are active.
///
/// One thread at a time takes it from one state to another, outside the monitor, so that drivers
/// can take their time; the others wait for the outcome. Guarded by its monitor.
final class Activity {
  /// Where it is.
  enum State {
    ACTIVE,
    SUSPENDING,
    SUSPENDED,
    RESUMING
  }

  /// How many nanoseconds a device has to be idle before it sleeps, at first.
  static final long DELAY = TimeUnit.SECONDS.toNanos(2);

  /// How long somebody waits for a driver that changes the state.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Device device;
  private final Clock clock;

  private State state = State.SUSPENDED;
  private @Nullable Thread changing;
  private int users;
  private boolean hasFailed;

  /// The driver that lets the device sleep while the system runs; null for none.
  private @Nullable Driver sleeper;

  /// Whether the device must be active whatever `control` says: it is being probed or removed, or
  /// its driver does not let it sleep.
  private boolean isPinned;

  /// Whether the device itself is one of its users.
  private boolean isKept;

  private boolean isAuto;
  private long delay = DELAY;
  private long lastUsed;

  /// When somebody looks whether the device may sleep, if `isTimed`.
  private long timer;

  private boolean isTimed;
  private long since;
  private long activeTime;
  private long suspendedTime;
  private List<Device> held = List.of();

  Activity(Device device, Clock clock) {
    this.device = device;
    this.clock = clock;
    this.since = clock.nanoTime();
  }

  /// Counts one more user if the device is active, when nobody changes the state.
  ///
  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized boolean enterActive() {
    awaitStable();
    if (state == State.ACTIVE) {
      users++;
    }
    return state == State.ACTIVE;
  }

  /// Counts one more user, and waits until nobody changes the state.
  ///
  /// @return whether the caller has to wake the device, and to call [#woken] or [#stayed]
  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized boolean enter() {
    awaitStable();
    users++;
    if (state == State.ACTIVE) {
      return false;
    }
    to(State.RESUMING);
    changing = Thread.currentThread();
    return true;
  }

  /// Ends one [#enter].
  ///
  /// @return whether the device is idle now
  synchronized boolean leave() {
    users--;
    lastUsed = clock.nanoTime();
    return users == 0 && state == State.ACTIVE;
  }

  /// Begins to let the device sleep.
  ///
  /// @param force whether it does not matter how long it has been idle
  /// @return whether the caller goes on, and calls [#slept] or [#stayed]
  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized boolean beginToSleep(boolean force) {
    if (force) {
      awaitStable();
    }
    if (users > 0 || state != State.ACTIVE || !(force || sleeper == null || isIdle())) {
      return false;
    }
    to(State.SUSPENDING);
    changing = Thread.currentThread();
    return true;
  }

  synchronized void woken(List<Device> needed) {
    held = needed;
    hasFailed = false;
    end(State.ACTIVE);
  }

  /// @return what the device has held active until now
  synchronized List<Device> slept() {
    List<Device> needed = held;
    held = List.of();
    hasFailed = false;
    end(State.SUSPENDED);
    return needed;
  }

  /// A change has not been made.
  ///
  /// @param before where it is again
  /// @param isFailure whether that is because it failed
  synchronized void stayed(State before, boolean isFailure) {
    hasFailed = isFailure;
    if (before == State.SUSPENDED) {
      users--;
    } else {
      lastUsed = clock.nanoTime();
    }
    end(before);
  }

  private void end(State next) {
    to(next);
    changing = null;
    notifyAll();
  }

  private void to(State next) {
    long now = clock.nanoTime();
    if (state == State.SUSPENDED) {
      suspendedTime += now - since;
    } else {
      activeTime += now - since;
    }
    since = now;
    state = next;
  }

  /// @throws DriverfsException EDEADLK if the thread changes the state itself; EBUSY if whoever
  ///   does takes too long
  synchronized void awaitStable() {
    requireOutside();
    if (!Uninterruptibly.await(PATIENCE, nanos -> awaitStable(Duration.ofNanos(nanos)))) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is still %s, in thread %s"
              .formatted(
                  state.name().toLowerCase(Locale.ROOT),
                  changing == null ? "" : changing.getName()));
    }
  }

  private void requireOutside() {
    if (changing == Thread.currentThread()) {
      throw new DriverfsException(
          Errno.EDEADLK, device.path(), "cannot be used by what suspends or resumes it");
    }
  }

  /// Waits until nobody changes the state.
  ///
  /// @return false if that takes longer
  synchronized boolean awaitStable(Duration deadline) throws InterruptedException {
    return Deadline.await(this, deadline, () -> changing == null);
  }

  /// Takes over a use of another that the device needs, when nobody changes the state.
  ///
  /// @return false if it is not active, holds that one already, or does not need it any more
  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized boolean hold(Device other) {
    awaitStable();
    if (state != State.ACTIVE || held.contains(other) || !device.needed().contains(other)) {
      return false;
    }
    List<Device> now = new ArrayList<>(held);
    now.add(other);
    held = List.copyOf(now);
    return true;
  }

  /// Waits for nobody: whoever changes the state asks again when it is active.
  ///
  /// @return what the device has held until now and does not need any more
  synchronized List<Device> letGo() {
    List<Device> needed = device.needed();
    if (state != State.ACTIVE || needed.containsAll(held)) {
      return List.of();
    }
    List<Device> gone = held.stream().filter(it -> !needed.contains(it)).toList();
    held = held.stream().filter(needed::contains).toList();
    return gone;
  }

  synchronized void pin(boolean newPinned) {
    isPinned = newPinned;
  }

  /// The device has a driver now.
  synchronized void bound(Driver driver) {
    sleeper = driver.runtimePower() == null ? null : driver;
    isPinned = sleeper == null;
    hasFailed = false;
  }

  /// From now on no driver is asked to suspend or resume the device.
  ///
  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized void removeSleeper() {
    requireOutside();
    Uninterruptibly.pause(() -> { // in a thread of that driver's, which is still inside
      while (changing != null) {
        wait();
      }
    });
    sleeper = null;
    hasFailed = false;
  }

  synchronized @Nullable Driver sleeper() {
    return sleeper;
  }

  private boolean mustBeKept() {
    return isPinned || (sleeper != null && !isAuto);
  }

  /// Whether the device should become a user of itself: the caller enters, and calls [#keep].
  synchronized boolean lacksKeeping() {
    return mustBeKept() && !isKept;
  }

  /// Makes a use that the caller has one of the device's own.
  ///
  /// @return false if it needs none, or none any more
  synchronized boolean keep() {
    boolean isTaken = lacksKeeping();
    isKept |= isTaken;
    return isTaken;
  }

  /// Ends [#keep], if it may.
  ///
  /// @return whether the caller has to leave
  synchronized boolean keepNoLonger() {
    boolean isOver = isKept && !mustBeKept();
    isKept &= !isOver;
    return isOver;
  }

  synchronized void auto(boolean newAuto) {
    isAuto = newAuto;
  }

  synchronized boolean isAuto() {
    return isAuto;
  }

  synchronized void delay(long nanos) {
    delay = nanos;
  }

  synchronized long delay() {
    return delay;
  }

  /// Whether the device has been idle for long enough.
  private boolean isIdle() {
    return isAuto && delay >= 0 && left() <= 0;
  }

  private long left() {
    return delay - (clock.nanoTime() - lastUsed);
  }

  /// Wants somebody to look whether an idle device may sleep.
  ///
  /// @return when the caller has to, by the clock; empty if somebody does by then, or it never may
  synchronized OptionalLong startTimer() {
    if (users > 0 || state != State.ACTIVE || !isAuto || delay < 0) {
      return OptionalLong.empty();
    }
    long at = clock.nanoTime() + Math.clamp(left(), 0, Long.MAX_VALUE / 2);
    if (isTimed && timer - at <= 0) {
      return OptionalLong.empty();
    }
    isTimed = true;
    timer = at;
    return OptionalLong.of(at);
  }

  /// @return false if another timer has taken the place of that one
  synchronized boolean endTimer(long at) {
    boolean isCurrent = isTimed && timer == at;
    isTimed &= !isCurrent;
    return isCurrent;
  }

  synchronized State state() {
    return state;
  }

  synchronized int users() {
    return users;
  }

  synchronized boolean hasFailed() {
    return hasFailed;
  }

  /// Nanoseconds for which the device was active, or not.
  synchronized long time(boolean active) {
    boolean isActive = state != State.SUSPENDED;
    long running = isActive == active ? clock.nanoTime() - since : 0;
    return running + (active ? activeTime : suspendedTime);
  }
}
