package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.driverfs.lifetime.Deadline;
import org.jspecify.annotations.Nullable;

/// How the search for a driver for one device goes, and what came of it.
///
/// One thread looks at a time. Who wants the device to be looked at while that thread is looking
/// makes it look once more: nobody who asks is missed. Drivers stand in here by their number and
/// name, so that they can go. Thread-safe, by its monitor.
final class Search {
  /// What a driver waits for before it is probed again.
  ///
  /// @param driver the number of the driver
  /// @param name its name
  record Wait(long driver, String name, Awaited awaited) {}

  private boolean isOn;
  private boolean again;
  private boolean whenFree;
  private boolean isForced;
  private boolean isOutdated;
  private final List<Device> followers = new ArrayList<>(0);
  private final Map<Long, String> refusals = new LinkedHashMap<>(4);
  private @Nullable Wait waits;
  private @Nullable String override;
  private boolean takesBetter;
  private @Nullable String better;

  /// Where the device waits for room; null if it does not.
  private @Nullable Lane parkedAt;

  synchronized void parkedAt(@Nullable Lane lane) {
    parkedAt = lane;
  }

  synchronized @Nullable Lane parkedAt() {
    return parkedAt;
  }

  /// Wants the device to be looked at.
  ///
  /// @return whether the caller sees to it; else somebody is looking and does it
  synchronized boolean request() {
    again = true;
    isOutdated = false;
    boolean isFirst = !isOn;
    isOn = true;
    return isFirst;
  }

  /// Lets the next look be made although the bus does not do that by itself, and forgets who has
  /// refused the device.
  synchronized void force() {
    isForced = true;
    isOutdated = false;
    again = true; // a look that ends now does not end the search
    refusals.clear();
  }

  synchronized boolean isForced() {
    return isForced;
  }

  /// A look begins.
  synchronized void begin() {
    again = false;
  }

  /// A look has ended.
  ///
  /// @return null if another is wanted; else those who go on now
  synchronized @Nullable List<Device> finish() {
    if (again) {
      return null;
    }
    isOn = false;
    isForced = false;
    notifyAll();
    List<Device> next = List.copyOf(followers);
    followers.clear();
    return next;
  }

  /// Lets a device that needs this one go on when this has ended.
  ///
  /// @return false if nobody looks: it can go on now
  synchronized boolean follow(Device device) {
    return isOn && followers.add(device);
  }

  /// Ends a [#follow].
  ///
  /// @return false if it has ended: the device goes on already
  synchronized boolean unfollow(Device device) {
    return followers.remove(device);
  }

  /// @return false if it has not ended within the deadline
  synchronized boolean awaitEnd(Duration deadline) throws InterruptedException {
    return Deadline.await(this, deadline, () -> !isOn);
  }

  /// Wants a look when the device has lost the driver that it is getting or losing now.
  synchronized void requestWhenFree() {
    whenFree = true;
  }

  synchronized boolean takeWhenFree() {
    boolean was = whenFree;
    whenFree = false;
    return was;
  }

  /// @param driver the number of the driver
  synchronized void refused(long driver, String reason) {
    refusals.put(driver, reason);
  }

  /// The device is unbound by hand: its driver does not get it by itself, and no other does because
  /// of a look that was wanted before.
  ///
  /// @param driver the number of the driver
  synchronized void unboundByHand(long driver) {
    refusals.put(driver, "was unbound by hand");
    isOutdated = true;
  }

  /// Whether the device was unbound by hand since somebody wanted it to be looked at.
  synchronized boolean isOutdated() {
    return isOutdated;
  }

  /// Why a driver does not get the device unless it is asked for by hand.
  synchronized @Nullable String refusal(Driver driver) {
    return refusals.get(driver.order());
  }

  /// What drivers said that have refused the device.
  synchronized List<String> refusals() {
    return List.copyOf(refusals.values());
  }

  synchronized void waits(@Nullable Wait newWait) {
    waits = newWait;
  }

  synchronized @Nullable Wait waits() {
    return waits;
  }

  /// Forgets that a driver does not get the device.
  ///
  /// @param driver the number of the driver
  synchronized void forget(long driver) {
    refusals.remove(driver);
  }

  /// Forgets what a driver said of the device.
  synchronized void forget(Driver driver) {
    forget(driver.order());
    if (driver.name().equals(better)) {
      better = null;
    }
  }

  synchronized void override(@Nullable String driver) {
    override = driver;
  }

  /// The name of the only driver that may have the device; null for any.
  synchronized @Nullable String override() {
    return override;
  }

  synchronized void takesBetter(boolean takes) {
    takesBetter = takes;
  }

  synchronized boolean takesBetter() {
    return takesBetter;
  }

  /// Notes that a driver suits the device better than the one that has it.
  ///
  /// @return whether that is news
  synchronized boolean isBetter(@Nullable Driver driver) {
    String name = driver == null ? null : driver.name();
    boolean isNews = !Objects.equals(name, better);
    better = name;
    return isNews;
  }
}
