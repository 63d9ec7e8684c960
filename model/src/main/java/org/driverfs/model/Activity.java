package org.driverfs.model;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
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

  private final Device device;
  private final Clock clock;

  private State state = State.SUSPENDED;
  private @Nullable Thread changing;
  private int users;
  private boolean hasFailed;

  /// The driver that lets the device sleep while the system runs; null for none.
  private @Nullable Driver sleeper;

  /// Whether the device itself is one of its users: it is bound and must stay active.
  private boolean isKept;

  private boolean isAuto;
  private long delay = TimeUnit.SECONDS.toNanos(2);
  private long lastUsed;
  private long since;
  private long activeTime;
  private long suspendedTime;
  private List<Device> held = List.of();

  Activity(Device device, Clock clock) {
    this.device = device;
    this.clock = clock;
    this.since = clock.nanoTime();
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
  synchronized boolean beginToSleep(boolean force) {
    if (users > 0 || state != State.ACTIVE || (!force && idleFor() > 0)) {
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

  /// @throws DriverfsException EDEADLK if the thread changes the state itself
  synchronized void awaitStable() {
    if (changing == Thread.currentThread()) {
      throw new DriverfsException(
          Errno.EDEADLK, device.path(), "cannot be used by what suspends or resumes it");
    }
    boolean interrupted = false;
    while (changing != null) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The device needs one more, or one less, while it may be active.
  ///
  /// @return whether it is active
  synchronized boolean holds(Device other, boolean isMore) {
    awaitStable();
    if (state != State.ACTIVE) {
      return false;
    }
    List<Device> now = new ArrayList<>(held);
    boolean isChanged = isMore ? now.add(other) : now.remove(other);
    held = List.copyOf(now);
    return isChanged;
  }

  /// The device has a driver that lets it sleep, or none any more.
  synchronized void sleeper(@Nullable Driver driver) {
    sleeper = driver;
    hasFailed = false;
  }

  synchronized @Nullable Driver sleeper() {
    return sleeper;
  }

  /// Sets whether the device is a user of itself.
  ///
  /// @return whether that is another than before: the caller enters, or leaves
  synchronized boolean keep(boolean newKept) {
    boolean isChanged = isKept != newKept;
    isKept = newKept;
    return isChanged;
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

  /// How many nanoseconds are left until the device has been idle for long enough.
  synchronized long idleFor() {
    return sleeper == null ? 0 : delay - (clock.nanoTime() - lastUsed);
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
