package org.driverfs.model;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

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

  boolean matches(Device device, Driver driver) {
    return match.matches(device, driver);
  }

  ConcurrentMap<String, Device> devices() {
    return devices;
  }

  ConcurrentMap<String, Driver> drivers() {
    return drivers;
  }

  /// The drivers for this bus now.
  Collection<Driver> driverList() {
    return Collections.unmodifiableCollection(drivers.values());
  }

  @Override
  public String kind() {
    return "bus";
  }
}
