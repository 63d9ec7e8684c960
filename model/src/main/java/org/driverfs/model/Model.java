package org.driverfs.model;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Kobject.Stage;
import org.jspecify.annotations.Nullable;

/// The devices, drivers, buses, classes and modules of one world, and what happens among them.
///
/// `register` and `unregister` are symmetric: after both, everything is as before. Thread-safe; no
/// lock is held while an observer or a driver is called.
public final class Model {
  private final ConcurrentMap<String, Bus> buses = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, DeviceClass> classes = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Module> modules = new ConcurrentHashMap<>();

  /// The devices without a bus, by path; those on a bus are in its table.
  private final ConcurrentMap<String, Device> devicesWithoutBus = new ConcurrentHashMap<>();

  private final List<ModelObserver> observers = new CopyOnWriteArrayList<>();
  private final Events events = new Events();
  private final Binder binder = new Binder(this);

  /// A model with nothing in it.
  public Model() {}

  /// Lets somebody represent what is registered from now on.
  public void addObserver(ModelObserver observer) {
    observers.add(observer);
  }

  /// What happens here.
  public Events events() {
    return events;
  }

  /// The way into the code of drivers.
  public Gate gate() {
    return binder.gate();
  }

  /// The buses that are registered.
  public Collection<Bus> buses() {
    return Collections.unmodifiableCollection(buses.values());
  }

  /// The classes that are registered.
  public Collection<DeviceClass> classes() {
    return Collections.unmodifiableCollection(classes.values());
  }

  /// The bus of that name.
  public Optional<Bus> findBus(String name) {
    return Optional.ofNullable(buses.get(name));
  }

  /// The class of that name.
  public Optional<DeviceClass> findClass(String name) {
    return Optional.ofNullable(classes.get(name));
  }

  /// Registers a bus.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(Bus bus) {
    enter(bus, buses, bus.name());
    announce(bus, Action.ADD);
  }

  /// Unregisters a bus.
  ///
  /// @throws DriverfsException EBUSY while devices or drivers are on it; ENODEV if it is not
  ///   registered
  public void unregister(Bus bus) {
    if (!bus.devices().isEmpty() || !bus.drivers().isEmpty()) {
      throw new DriverfsException(
          Errno.EBUSY,
          bus.toString(),
          "has %d devices and %d drivers; unregister them first"
              .formatted(bus.devices().size(), bus.drivers().size()));
    }
    leave(bus, buses, bus.name());
  }

  /// Registers a class.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(DeviceClass deviceClass) {
    enter(deviceClass, classes, deviceClass.name());
    announce(deviceClass, Action.ADD);
  }

  /// Unregisters a class.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public void unregister(DeviceClass deviceClass) {
    leave(deviceClass, classes, deviceClass.name());
  }

  /// Registers a module.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(Module module) {
    enter(module, modules, module.name());
    announce(module, Action.ADD);
  }

  /// Unregisters a module that nobody uses.
  ///
  /// @throws DriverfsException EBUSY while it is in use; then nothing has changed. ENODEV if it is
  ///   not registered
  public void unregister(Module module) {
    for (Bus bus : buses.values()) {
      for (Driver driver : bus.driverList()) {
        if (driver.owner().orElse(null) == module) {
          throw new DriverfsException(
              Errno.EBUSY, module.toString(), "owns " + driver + "; unregister that first");
        }
      }
    }
    if (!module.useCount().tryClose()) {
      throw new DriverfsException(
          Errno.EBUSY, module.toString(), "has " + module.useCount().users() + " users");
    }
    leave(module, modules, module.name());
    module.useCount().closed();
  }

  /// Registers a driver, and offers it the devices of its bus that have none.
  ///
  /// @throws DriverfsException EEXIST if its bus has one of that name; ENODEV if its bus is not
  ///   registered; what an observer threw
  public void register(Driver driver) {
    requireRegistered(driver.bus(), driver);
    enter(driver, driver.bus().drivers(), driver.name());
    announce(driver, Action.ADD);
    binder.driverArrived(driver);
  }

  /// Takes all its devices from a driver, and unregisters it.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public void unregister(Driver driver) {
    leave(
        driver,
        driver.bus().drivers(),
        driver.name(),
        () ->
            driver
                .bus()
                .forEachDevice(device -> {
                  Binding binding = device.binding;
                  if (binding != null && binding.driver() == driver) {
                    binder.unbind(device);
                  }
                }));
  }

  /// Registers a device, and looks for a driver for it.
  ///
  /// @throws DriverfsException EEXIST if its bus or parent has one of that name; ENODEV if its
  ///   parent, bus or class is not registered; what an observer threw
  public void register(Device device) {
    device.bus().ifPresent(bus -> requireRegistered(bus, device));
    device.deviceClass().ifPresent(it -> requireRegistered(it, device));
    Device parent = device.parent().orElse(null);
    if (parent != null && !parent.addChild()) {
      throw new DriverfsException(
          Errno.ENODEV, device.path(), "its parent is not registered; register that first");
    }
    try {
      enter(device, table(device), key(device));
    } catch (DriverfsException e) {
      if (parent != null) {
        parent.removeChild();
      }
      throw e;
    }
    announce(device, Action.ADD);
    binder.deviceArrived(device);
  }

  /// Takes its driver from a device, and unregisters it. Does not wait for anybody: if a callback
  /// of the driver is running, its remove follows when that returns.
  ///
  /// @throws DriverfsException ENOTEMPTY while it has children; ENODEV if it is not registered
  public void unregister(Device device) {
    int children = device.beginToGo();
    if (children > 0) {
      throw new DriverfsException(
          Errno.ENOTEMPTY, device.path(), "has " + children + " children; unregister them first");
    }
    if (children < 0) {
      throw notRegistered(device);
    }
    binder.unbind(device);
    observers.forEach(observer -> observer.removed(device));
    table(device).remove(key(device), device);
    announce(device, Action.REMOVE);
    device.parent().ifPresent(Device::removeChild);
    device.end();
  }

  /// Gives a device another place or name; whoever has it open keeps it open.
  ///
  /// @param parent null for the top
  /// @throws DriverfsException EEXIST if the name is taken; ENODEV if the device or the new parent
  ///   is not registered; EINVAL if the new parent is below the device
  public void move(Device device, @Nullable Device parent, String folder, String name) {
    if (parent != null && parent.isOrIsBelow(device)) {
      throw new DriverfsException(
          Errno.EINVAL, device.path(), "cannot be moved below itself, to " + parent.path());
    }
    if (!device.isRegistered() || (parent != null && !parent.addChild())) {
      throw notRegistered(device.isRegistered() && parent != null ? parent : device);
    }
    String oldPath = device.path();
    String oldKey = key(device);
    Device oldParent = device.parent().orElse(null);
    String oldFolder = device.folder();
    String oldName = device.name();
    device.place(parent, folder, name);
    boolean taken =
        !key(device).equals(oldKey) && table(device).putIfAbsent(key(device), device) != null;
    if (taken) {
      device.place(oldParent, oldFolder, oldName);
      if (parent != null) {
        parent.removeChild();
      }
      throw exists(device, name);
    }
    if (!key(device).equals(oldKey)) {
      table(device).remove(oldKey, device);
    }
    if (oldParent != null) {
      oldParent.removeChild();
    }
    observers.forEach(observer -> observer.moved(device));
    publish(device, Action.MOVE, Map.of("DEVPATH_OLD", oldPath));
  }

  /// Gives a device to a driver that matches it.
  ///
  /// @throws DriverfsException EBUSY if it has one; EINVAL if the driver cannot drive it; ENODEV if
  ///   one of the two is going; what the probe threw
  public void bind(Device device, Driver driver) {
    if (device.bus().orElse(null) != driver.bus() || !driver.bus().matches(device, driver)) {
      throw new DriverfsException(
          Errno.EINVAL, device.path(), "is nothing that " + driver + " drives");
    }
    boolean live = driver.ifPinned(() -> binder.bind(device, driver));
    if (!live) {
      throw new DriverfsException(Errno.ENODEV, driver.toString(), "its module is going");
    }
  }

  /// Takes its driver from a device.
  ///
  /// @param deadline how long to wait for those who are inside the driver
  /// @throws DriverfsException ENODEV if it has none; EDEADLK from inside a callback for the same
  ///   device; EBUSY, naming those inside, if they stay: the driver's remove follows when they
  ///   leave
  public void unbind(Device device, Duration deadline) throws InterruptedException {
    binder.unbindAndWait(device, deadline);
  }

  /// Keeps the driver that a device is bound to from losing it, while an attribute of that driver
  /// is open for that device.
  ///
  /// @return false if the device is not bound to that driver, or is losing it
  public boolean pin(Device device, Driver driver) {
    Binding binding = device.binding;
    if (binding == null || binding.driver() != driver || !binding.isBound() || !binding.get()) {
      return false;
    }
    if (driver.pin(device)) {
      return true;
    }
    binding.put();
    return false;
  }

  /// Ends one successful [#pin]. The device still has that binding: it ends after the last pin.
  public void unpin(Device device, Driver driver) {
    driver.unpin(device);
    Binding binding = device.binding;
    if (binding != null) {
      binding.put();
    }
  }

  /// Tells that an attribute has another value now.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  public void changed(Device device, String attribute) {
    observers.forEach(observer -> observer.changed(device, attribute));
    publish(device, Action.CHANGE, Map.of("ATTRIBUTE", attribute));
  }

  /// Publishes an event that a device's subsystem tells of.
  public void publish(Device device, Action action, Map<String, String> properties) {
    events.publish(action, device.path(), device.bus().map(Kobject::name).orElse(""), properties);
  }

  void bound(Device device, Driver driver) {
    observers.forEach(observer -> observer.bound(device, driver));
    publish(device, Action.BIND, Map.of("DRIVER", driver.name()));
  }

  void unbound(Device device, Driver driver) {
    observers.forEach(observer -> observer.unbound(device, driver));
    publish(device, Action.UNBIND, Map.of("DRIVER", driver.name()));
  }

  private <K extends Kobject> void enter(K object, ConcurrentMap<String, K> table, String key) {
    if (object.isRegistered() || object.isRetired()) {
      throw new DriverfsException(
          Errno.EEXIST, object.toString(), "was registered before; make a new one");
    }
    if (table.putIfAbsent(key, object) != null) {
      throw exists(object, object.name());
    }
    if (!object.advance(Stage.NEW, Stage.REGISTERED)) {
      table.remove(key, object);
      throw exists(object, object.name());
    }
    try {
      observers.forEach(observer -> observer.added(object));
    } catch (RuntimeException e) {
      table.remove(key, object);
      object.end();
      throw e;
    }
  }

  private <K extends Kobject> void leave(K object, ConcurrentMap<String, K> table, String key) {
    leave(object, table, key, () -> {});
  }

  private <K extends Kobject> void leave(
      K object, ConcurrentMap<String, K> table, String key, Runnable before) {
    if (!object.advance(Stage.REGISTERED, Stage.GOING)) {
      throw notRegistered(object);
    }
    before.run();
    observers.forEach(observer -> observer.removed(object));
    table.remove(key, object);
    announce(object, Action.REMOVE);
    object.end();
  }

  private void announce(Kobject object, Action action) {
    if (object instanceof Device device) {
      publish(device, action, Map.of());
    } else {
      events.publish(action, object.kind() + "/" + object.name(), object.kind(), Map.of());
    }
  }

  private ConcurrentMap<String, Device> table(Device device) {
    return device.bus().map(Bus::devices).orElse(devicesWithoutBus);
  }

  private static String key(Device device) {
    return device.bus().isPresent() ? device.name() : device.path();
  }

  private static void requireRegistered(Kobject needed, Kobject object) {
    if (!needed.isRegistered()) {
      throw new DriverfsException(
          Errno.ENODEV, object.toString(), needed + " is not registered; register that first");
    }
  }

  private static DriverfsException exists(Kobject object, String name) {
    return new DriverfsException(
        Errno.EEXIST, object.toString(), "another " + object.kind() + " is called " + name);
  }

  private static DriverfsException notRegistered(Kobject object) {
    return new DriverfsException(Errno.ENODEV, object.toString(), "is not registered");
  }
}
