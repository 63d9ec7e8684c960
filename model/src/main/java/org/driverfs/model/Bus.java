package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.driverfs.errno.Thrown;
import org.jspecify.annotations.Nullable;

/// A bus: the devices on it, the drivers for them, and what says which can drive which.
///
/// Walking over devices or drivers is safe while they come and go, and pins only the one in hand.
public final class Bus extends Kobject {
  /// Says by which ids drivers know a device.
  @FunctionalInterface
  public interface Ids {
    /// Called once for each device, when it is registered, with no lock held.
    ///
    /// @return the ids of a device, the most specific first
    List<String> of(Device device);
  }

  /// A device has the ids of its type.
  public static final Ids OF_TYPE = device -> device.type().ids();

  private static final Operation IDS = new Operation(Operation.Kind.IDS);

  private final @Nullable Module owner;

  // What may be the module's: let go when the bus is released.
  private volatile Ids ids;
  private volatile AttributeSet<Bus> attributes;
  private final ConcurrentMap<String, Device> devices = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Driver> drivers = new ConcurrentHashMap<>();

  /// Registered devices by their ids.
  final Index<String, Device> devicesById = new Index<>();

  /// Registered drivers by the ids in their tables.
  final Index<String, Driver> driversById = new Index<>();

  /// Registered devices by the driver that they must have.
  final Index<String, Device> overridden = new Index<>();

  private volatile boolean autoprobes = true;

  /// A bus without attributes, whose devices have the ids of their type.
  public Bus(String name) {
    this(name, OF_TYPE, AttributeSet.none());
  }

  /// A bus.
  ///
  /// @param name unique among the buses
  /// @param ids says by which ids drivers know a device
  /// @param attributes what the bus itself has
  public Bus(String name, Ids ids, AttributeSet<Bus> attributes) {
    this(name, ids, attributes, null);
  }

  /// A bus.
  ///
  /// @param owner the module that the code of the ids and attributes is in; null if built in
  public Bus(String name, Ids ids, AttributeSet<Bus> attributes, @Nullable Module owner) {
    super(name);
    this.ids = ids;
    this.attributes = attributes;
    this.owner = owner;
  }

  /// The module that its code is in; empty if built in.
  public Optional<Module> owner() {
    return Optional.ofNullable(owner);
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

  /// Whether devices and drivers that come look for each other.
  public boolean autoprobes() {
    return autoprobes;
  }

  /// Sets whether devices and drivers that come from now on look for each other. Those that are
  /// there find each other by [Matching#probe] or [Model#bind] then.
  public void autoprobe(boolean on) {
    autoprobes = on;
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

  /// The ids of a device; none if that fails, because it is there all the same.
  List<String> idsOf(Device device, Gate gate) {
    try {
      return owner == null
          ? List.copyOf(ids.of(device))
          : gate.call(owner, device, IDS, () -> List.copyOf(ids.of(device)));
    } catch (Throwable t) {
      Gate.LOG.log(
          Level.WARNING, "ids of " + this + " failed for " + device.path(), Thrown.printable(t));
      return List.of();
    }
  }

  ConcurrentMap<String, Device> devices() {
    return devices;
  }

  ConcurrentMap<String, Driver> drivers() {
    return drivers;
  }

  @Override
  protected void released() {
    ids = OF_TYPE;
    attributes = AttributeSet.none();
    if (owner != null) {
      owner.removeMember();
    }
  }

  @Override
  public String kind() {
    return "bus";
  }
}
