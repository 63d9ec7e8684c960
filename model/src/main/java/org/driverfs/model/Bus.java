package org.driverfs.model;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A bus: the devices on it, the drivers for them, and the rule that says which can drive which.
///
/// Walking over devices or drivers is safe while they come and go, and pins only the one in hand.
public final class Bus extends Kobject {
  /// Says whether a driver can drive a device.
  @FunctionalInterface
  public interface Match {
    /// Called with no lock held; it may look at both, and must not wait.
    boolean matches(Device device, Driver driver);
  }

  /// A driver matches when its id table names the type of the device.
  public static final Match BY_TYPE =
      (device, driver) -> driver.ids().contains(device.type().name());

  private final Match match;
  private final AttributeSet<Bus> attributes;
  private final ConcurrentMap<String, Device> devices = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Driver> drivers = new ConcurrentHashMap<>();
  private final AtomicInteger renames = new AtomicInteger();

  /// A bus without attributes that matches [#BY_TYPE].
  public Bus(String name) {
    this(name, BY_TYPE, AttributeSet.none());
  }

  /// A bus.
  ///
  /// @param name unique among the buses
  /// @param match says which driver can drive which device
  /// @param attributes what the bus itself has
  public Bus(String name, Match match, AttributeSet<Bus> attributes) {
    super(name);
    this.match = match;
    this.attributes = attributes;
  }

  /// What the bus itself has.
  public AttributeSet<Bus> attributes() {
    return attributes;
  }

  /// The device of that name on this bus.
  public Optional<Device> findDevice(String name) {
    return Optional.ofNullable(devices.get(name));
  }

  /// The driver of that name for this bus.
  public Optional<Driver> findDriver(String name) {
    return Optional.ofNullable(drivers.get(name));
  }

  /// How many devices are on this bus.
  public int deviceCount() {
    return devices.size();
  }

  /// Visits each device on this bus, holding a reference to the one in hand. Those that come or go
  /// meanwhile may be visited or not; those that stay are.
  public void forEachDevice(Consumer<? super Device> visitor) {
    for (Device device : devices.values()) {
      if (device.get()) {
        try {
          visitor.accept(device);
        } finally {
          device.put();
        }
      }
    }
  }

  /// Visits each driver for this bus, pinning the owner of the one in hand. Those that come or go
  /// meanwhile may be visited or not; those that stay are.
  public void forEachDriver(Consumer<? super Driver> visitor) {
    for (Driver driver : drivers.values()) {
      driver.ifPinned(() -> visitor.accept(driver));
    }
  }

  /// Visits each device on this bus at least once, also those that get another name meanwhile:
  /// between two keys of one device, a walk can miss both.
  void forEachDeviceSurely(Consumer<? super Device> visitor) {
    int before;
    do {
      before = renames.get();
      forEachDevice(visitor);
    } while (before != renames.get());
  }

  /// Called when a device can be found by its new name, and before its old one is dropped.
  void renamed() {
    renames.incrementAndGet();
  }

  /// @throws DriverfsException EIO if the rule of the bus throws
  boolean matches(Device device, Driver driver) {
    try {
      return match.matches(device, driver);
    } catch (Throwable t) {
      Gate.LOG.log(
          System.Logger.Level.WARNING, "match of " + this + " failed for " + device.path(), t);
      throw new DriverfsException(
          Errno.EIO, device.path(), "match of " + this + " failed: " + t + "; see the log", t);
    }
  }

  ConcurrentMap<String, Device> devices() {
    return devices;
  }

  ConcurrentMap<String, Driver> drivers() {
    return drivers;
  }

  @Override
  public String kind() {
    return "bus";
  }
}
