package org.driverfs.model;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Kobject.Stage;
import org.jspecify.annotations.Nullable;

/// The devices, drivers, buses, classes and modules of one world, and what happens among them.
///
/// `register` and `unregister` are symmetric: after both, everything is as before. Thread-safe; no
/// lock is held while an observer or a driver is called.
///
/// An object becomes registered after the observers have heard of it, and counts as a member of
/// what it needs: its parent, bus, class or owner, which cannot go before it.
public final class Model {
  private final ConcurrentMap<String, Bus> buses = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, DeviceClass> classes = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Module> modules = new ConcurrentHashMap<>();

  /// The devices without a bus, by what stays when a device above them moves; those on a bus are in
  /// its table.
  private final ConcurrentMap<Place, Device> devicesWithoutBus = new ConcurrentHashMap<>();

  private final Observers observers = new Observers();
  private final Events events = new Events();
  private final Binder binder = new Binder(this);

  /// Held while a device moves, the observers included, so that two moves cannot make a circle of
  /// parents. Taken by the thread that changes the device; inside it only monitors of kobjects are.
  private final Object moves = new Object();

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
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw. Then
  ///   nothing has changed, as whenever registering fails
  public void register(Bus bus) {
    enter(bus, List.of(), buses, bus.name());
  }

  /// Unregisters a bus.
  ///
  /// @throws DriverfsException EBUSY while devices or drivers are on it; ENODEV if it is not
  ///   registered
  public void unregister(Bus bus) {
    if (begin(bus) > 0) {
      throw new DriverfsException(
          Errno.EBUSY,
          bus.toString(),
          "has %d devices and %d drivers; unregister them first"
              .formatted(bus.devices().size(), bus.drivers().size()));
    }
    leave(bus, List.of(), buses, bus.name());
    bus.end();
  }

  /// Registers a class.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(DeviceClass deviceClass) {
    enter(deviceClass, List.of(), classes, deviceClass.name());
  }

  /// Unregisters a class.
  ///
  /// @throws DriverfsException EBUSY while devices are of it; ENODEV if it is not registered
  public void unregister(DeviceClass deviceClass) {
    int devices = begin(deviceClass);
    if (devices > 0) {
      throw new DriverfsException(
          Errno.EBUSY,
          deviceClass.toString(),
          "has " + devices + " devices; unregister them first");
    }
    leave(deviceClass, List.of(), classes, deviceClass.name());
    deviceClass.end();
  }

  /// Registers a module.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(Module module) {
    enter(module, List.of(), modules, module.name());
  }

  /// Unregisters a module that nobody uses.
  ///
  /// @throws DriverfsException EBUSY while it is in use or owns drivers; then nothing has changed.
  ///   ENODEV if it is not registered
  public void unregister(Module module) {
    int drivers = begin(module);
    if (drivers > 0) {
      throw new DriverfsException(
          Errno.EBUSY, module.toString(), "owns " + driversOf(module) + "; unregister them first");
    }
    if (drivers == Module.USED) {
      String inside = gate().inside(call -> call.driver().owner().orElse(null) == module);
      throw new DriverfsException(
          Errno.EBUSY,
          module.toString(),
          "has %d users; inside it: %s"
              .formatted(module.useCount().users(), inside.isEmpty() ? "nobody" : inside));
    }
    leave(module, List.of(), modules, module.name());
    module.useCount().closed();
    module.end();
  }

  /// Registers a driver, and offers it the devices of its bus that have none.
  ///
  /// @throws DriverfsException EEXIST if its bus has one of that name; ENODEV if its bus or owner
  ///   is not registered; what an observer threw
  public void register(Driver driver) {
    enter(driver, needs(driver), driver.bus().drivers(), driver.name());
    binder.driverArrived(driver);
  }

  /// Takes all its devices from a driver, and unregisters it. Does not wait for anybody: if a
  /// callback of the driver is running, the remove of that device follows when that returns, and
  /// the driver's module stays in use until then.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public void unregister(Driver driver) {
    begin(driver);
    binder.driverGoes(driver);
    leave(driver, List.of(driver.bus()), driver.bus().drivers(), driver.name());
    driver.end();
  }

  /// Registers a device, and looks for a driver for it.
  ///
  /// @throws DriverfsException EEXIST if its bus or parent has one of that name; ENODEV if its
  ///   parent, bus or class is not registered; what an observer threw
  public void register(Device device) {
    if (device.bus().isPresent()) {
      enter(device, device.needs(), device.bus().get().devices(), device.name());
    } else {
      enter(device, device.needs(), devicesWithoutBus, Place.of(device));
    }
    binder.deviceArrived(device);
  }

  /// Takes its driver from a device, and unregisters it. Does not wait for anybody: if a callback
  /// of the driver is running, its remove follows when that returns.
  ///
  /// @throws DriverfsException ENOTEMPTY while it has children; ENODEV if it is not registered
  public void unregister(Device device) {
    device.requireNotChanging();
    int children = begin(device);
    if (children > 0) {
      throw new DriverfsException(
          Errno.ENOTEMPTY, device.path(), "has " + children + " children; unregister them first");
    }
    Binding binding = device.binding;
    if (binding != null) {
      binder.unbind(binding);
    }
    device.beginChange();
    try {
      if (device.bus().isPresent()) {
        leave(device, device.needs(), device.bus().get().devices(), device.name());
      } else {
        leave(device, device.needs(), devicesWithoutBus, Place.of(device));
      }
    } finally {
      device.endChange();
    }
    device.end();
  }

  /// Gives a device another place or name; whoever has it open keeps it open.
  ///
  /// @param parent null for the top
  /// @throws DriverfsException EEXIST if the name is taken; ENODEV if the device or the new parent
  ///   is not registered; EINVAL if the new parent is below the device; what an observer threw.
  ///   Then nothing has changed
  public void move(Device device, @Nullable Device parent, String folder, String name) {
    device.beginChange();
    try {
      synchronized (moves) {
        move(device, new Place(parent, folder, name));
      }
    } finally {
      device.endChange();
    }
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
    if (!driver.pin(device)) {
      return false;
    }
    Binding binding = device.binding;
    if (binding != null && binding.driver() == driver && binding.isBound() && binding.get()) {
      return true;
    }
    driver.unpin(device);
    return false;
  }

  /// Ends one successful [#pin]. If it was the last and the driver is to lose the device, its
  /// remove runs in this.
  public void unpin(Device device, Driver driver) {
    Binding binding = device.binding; // the one that was pinned: it ends after its last pin
    if (binding != null) {
      binding.put();
    }
    driver.unpin(device); // not before the remove, or the module could go under it
  }

  /// Tells that an attribute has another value now.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  public void changed(Device device, String attribute) {
    observers.tell(observer -> observer.changed(device, attribute));
    publish(device, Action.CHANGE, Map.of("ATTRIBUTE", attribute));
  }

  /// Publishes an event that a device's subsystem tells of.
  public void publish(Device device, Action action, Map<String, String> properties) {
    events.publish(action, device.path(), device.bus().map(Kobject::name).orElse(""), properties);
  }

  /// Called by the thread that changes the device.
  ///
  /// @throws RuntimeException what an observer threw; then the binding has begun to go
  void bound(Binding binding) {
    Device device = binding.device();
    Driver driver = binding.driver();
    observers.tellOrUndo(
        observer -> observer.bound(device, driver),
        binding::beginToGo,
        observer -> observer.unbound(device, driver));
    publish(device, Action.BIND, Map.of("DRIVER", driver.name()));
  }

  /// Called by the thread that changes the device.
  void unbound(Binding binding) {
    Device device = binding.device();
    Driver driver = binding.driver();
    observers.tell(observer -> observer.unbound(device, driver));
    publish(device, Action.UNBIND, Map.of("DRIVER", driver.name()));
  }

  /// @param needs what must be registered as long as the object is
  private <K, O extends Kobject> void enter(
      O object, List<Kobject> needs, ConcurrentMap<K, O> table, K key) {
    if (!object.advance(Stage.NEW, Stage.ARRIVING)) {
      throw new DriverfsException(
          Errno.EEXIST, object.where(), "was registered before; make a new one");
    }
    int joined = 0;
    boolean entered = false;
    try {
      for (; joined < needs.size(); joined++) {
        if (!needs.get(joined).addMember()) {
          throw new DriverfsException(
              Errno.ENODEV,
              object.where(),
              needs.get(joined) + " is not registered; register that first");
        }
      }
      enter(object, table, key);
      entered = true;
    } finally {
      if (!entered) {
        needs.subList(0, joined).forEach(Kobject::removeMember);
        object.advance(Stage.ARRIVING, Stage.NEW);
      }
    }
    object.registered(() -> announce(object, Action.ADD));
  }

  private <K, O extends Kobject> void enter(O object, ConcurrentMap<K, O> table, K key) {
    if (table.putIfAbsent(key, object) != null) {
      throw exists(object, object.name());
    }
    observers.tellOrUndo(
        observer -> observer.added(object),
        () -> table.remove(key, object),
        observer -> observer.removed(object));
  }

  /// @return 0, or what prevents the object from going
  private static int begin(Kobject object) {
    int prevented = object.beginToGo();
    if (prevented == -1) {
      throw notRegistered(object);
    }
    return prevented;
  }

  private <K, O extends Kobject> void leave(
      O object, List<Kobject> needs, ConcurrentMap<K, O> table, K key) {
    observers.tell(observer -> observer.removed(object));
    announce(object, Action.REMOVE);
    table.remove(key, object);
    needs.forEach(Kobject::removeMember);
  }

  private void move(Device device, Place to) {
    Place from = Place.of(device);
    Device parent = to.parent();
    if (!device.isRegistered()) {
      throw notRegistered(device);
    }
    if (to.equals(from)) {
      return;
    }
    if (parent != null && parent.isOrIsBelow(device)) {
      throw new DriverfsException(
          Errno.EINVAL, device.path(), "cannot be moved below itself, to " + parent.path());
    }
    if (parent != null && !parent.addMember()) {
      throw notRegistered(parent);
    }
    Device left = parent;
    try {
      if (device.bus().isPresent()) {
        move(device, to, device.bus().get().devices(), from.name(), to.name());
      } else {
        move(device, to, devicesWithoutBus, from, to);
      }
      left = from.parent();
    } finally {
      if (left != null) {
        left.removeMember();
      }
    }
  }

  private <K> void move(
      Device device, Place to, ConcurrentMap<K, Device> table, K oldKey, K newKey) {
    Place from = Place.of(device);
    String oldPath = device.path();
    boolean isNewKey = !newKey.equals(oldKey);
    if (isNewKey && table.putIfAbsent(newKey, device) != null) {
      throw exists(device, to.name());
    }
    device.moveTo(to);
    observers.tellOrUndo(
        observer -> observer.moved(device),
        () -> {
          device.moveTo(from);
          if (isNewKey) {
            table.remove(newKey, device);
          }
        },
        observer -> observer.moved(device));
    publish(device, Action.MOVE, Map.of("DEVPATH_OLD", oldPath));
    device.bus().ifPresent(Bus::renamed);
    if (isNewKey) {
      table.remove(oldKey, device);
    }
  }

  private String driversOf(Module module) {
    List<String> names =
        buses.values().stream()
            .flatMap(bus -> bus.drivers().values().stream())
            .filter(driver -> driver.owner().orElse(null) == module)
            .map(Driver::toString)
            .toList();
    return names.isEmpty() ? "drivers that are still losing devices" : String.join(", ", names);
  }

  private static List<Kobject> needs(Driver driver) {
    return driver
        .owner()
        .<List<Kobject>>map(owner -> List.of(driver.bus(), owner))
        .orElse(List.of(driver.bus()));
  }

  private void announce(Kobject object, Action action) {
    if (object instanceof Device device) {
      publish(device, action, Map.of());
    } else {
      events.publish(action, object.kind() + "/" + object.name(), object.kind(), Map.of());
    }
  }

  private static DriverfsException exists(Kobject object, String name) {
    return new DriverfsException(
        Errno.EEXIST, object.where(), "another " + object.kind() + " is called " + name);
  }

  static DriverfsException notRegistered(Kobject object) {
    return new DriverfsException(Errno.ENODEV, object.where(), "is not registered");
  }
}
