package org.driverfs.buses.linux;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Model;

/// The kernel's buses and classes as the model's: each is a bus, and those that the kernel calls a
/// class are a class too. They are registered when the first device needs them, and stay.
///
/// Thread-safe, by its monitor, which is held while an observer of the model hears of a new one.
final class Subsystems {
  private static final System.Logger LOG = System.getLogger(Subsystems.class.getName());

  private final Model model;
  private final AttributeSet<Device> attributes;
  private final Map<String, Bus> buses = new HashMap<>();
  private final Map<String, DeviceClass> classes = new HashMap<>();
  private final Map<String, DeviceType> types = new HashMap<>();

  /// @param attributes what each device has
  Subsystems(Model model, AttributeSet<Device> attributes) {
    this.model = model;
    this.attributes = attributes;
  }

  /// The bus that stands for a subsystem of the kernel's.
  synchronized Bus bus(String name) {
    Bus bus = buses.get(name);
    if (bus == null) {
      bus = new Bus(name);
      model.register(bus);
      buses.put(name, bus);
    }
    return bus;
  }

  /// The type of the devices of a subsystem, which has its name; one with an empty name for those
  /// that have none.
  synchronized DeviceType type(Optional<SysfsDevice.Subsystem> subsystem) {
    String name = subsystem.map(SysfsDevice.Subsystem::name).orElse("");
    return types.computeIfAbsent(name, it -> new DeviceType(it, attributes));
  }

  /// The class, if the subsystem is one.
  synchronized Optional<DeviceClass> deviceClass(SysfsDevice.Subsystem subsystem) {
    if (!subsystem.isClass()) {
      return Optional.empty();
    }
    DeviceClass known = classes.get(subsystem.name());
    if (known == null) {
      known = new DeviceClass(subsystem.name());
      model.register(known);
      classes.put(subsystem.name(), known);
    }
    return Optional.of(known);
  }

  /// Unregisters all of them; a bus that somebody's driver is still on stays.
  synchronized void clear() {
    classes.values().forEach(model::unregister);
    classes.clear();
    for (Bus bus : buses.values()) {
      try {
        model.unregister(bus);
      } catch (DriverfsException e) {
        LOG.log(System.Logger.Level.WARNING, "a bus of the kernel's stays: " + e.getMessage());
      }
    }
    buses.clear();
  }
}
