package org.driverfs.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Kobject.Stage;
import org.jspecify.annotations.Nullable;

/// How objects come, move and go: by which names they are found, what they need, and who is told.
///
/// An object becomes registered after the observers have heard of it, and counts as a member of
/// what it needs: its parent, bus, class or owner, which cannot go before it.
final class Registry {
  /// The devices without a bus, by what stays when a device above them moves; those on a bus are in
  /// its table.
  private final ConcurrentMap<Place, Device> devicesWithoutBus = new ConcurrentHashMap<>();

  /// How many drivers have come.
  private final AtomicLong drivers = new AtomicLong();

  private final ConcurrentMap<String, Bus> buses = new ConcurrentHashMap<>();
  private final Observers observers = new Observers();
  private final Events events = new Events();

  /// Held while what a device needs changes: its parent, the observers of a move included, or its
  /// suppliers; so that two such changes cannot make a circle. Taken by the thread that changes the
  /// device; inside it only monitors of kobjects are.
  private final Object moves = new Object();

  Observers observers() {
    return observers;
  }

  Events events() {
    return events;
  }

  List<Device> devices() {
    List<Device> all = new ArrayList<>(devicesWithoutBus.values());
    buses.values().forEach(bus -> all.addAll(bus.devices().values()));
    return all;
  }

  /// The devices below one, the deepest first. Looks at all that there are if there is any.
  List<Device> below(Device top) {
    List<Device> below = new ArrayList<>();
    if (top.members() > 0) {
      devices().stream().filter(it -> depthBelow(it, top) > 0).forEach(below::add);
      below.sort(Comparator.comparingInt((Device it) -> depthBelow(it, top)).reversed());
    }
    return below;
  }

  private static int depthBelow(Device device, Device top) {
    int depth = 0;
    for (Device up = device; up != null; up = up.parent().orElse(null)) {
      if (up == top) {
        return depth;
      }
      depth++;
    }
    return -1;
  }

  Collection<Bus> buses() {
    return Collections.unmodifiableCollection(buses.values());
  }

  @Nullable Bus bus(String name) {
    return buses.get(name);
  }

  void enter(Bus bus) {
    enter(bus, owners(bus.owner()), buses, bus.name());
  }

  void leave(Bus bus) {
    leave(bus, List.of(), buses, bus.name());
  }

  /// The owner of something, as what that needs; it is needed until that is released, and not only
  /// until it is unregistered.
  static List<Kobject> owners(Optional<Module> owner) {
    return owner.<List<Kobject>>map(List::of).orElse(List.of());
  }

  void enter(Driver driver, List<Kobject> needs) {
    enter(
        driver,
        needs,
        driver.bus().drivers(),
        driver.name(),
        () -> driver.arrived(drivers.incrementAndGet()));
  }

  /// @param ids by which drivers know it
  void enter(Device device, List<String> ids) {
    List<Kobject> needs = new ArrayList<>(device.needs());
    needs.addAll(owners(Optional.ofNullable(device.type().owner())));
    if (device.bus().isPresent()) {
      enter(device, needs, device.bus().get().devices(), device.name(), () -> device.ids = ids);
    } else {
      enter(device, needs, devicesWithoutBus, Place.of(device), () -> device.ids = ids);
    }
  }

  /// Called by the thread that changes the device.
  void leave(Device device) {
    if (device.bus().isPresent()) {
      leave(device, device.needs(), device.bus().get().devices(), device.name());
    } else {
      leave(device, device.needs(), devicesWithoutBus, Place.of(device));
    }
  }

  void publish(Device device, Action action, Map<String, String> properties) {
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

  /// Lets a driver have the name of another, which gets a new one.
  ///
  /// @throws DriverfsException EEXIST if there is one of the new name
  void exchangeNames(Heir heir) {
    Driver to = heir.to();
    Driver from = heir.from();
    ConcurrentMap<String, Driver> drivers = to.bus().drivers();
    String left = to.name();
    String name = from.name();
    if (drivers.putIfAbsent(heir.newName(), from) != null) {
      throw exists(from, heir.newName());
    }
    from.rename(heir.newName());
    to.rename(name);
    drivers.put(name, to); // from one to the other: the name is never without a driver
    drivers.remove(left, to);
    observers.tell(observer -> observer.renamed(to, from));
  }

  /// @param needs what must be registered as long as the object is
  <K, O extends Kobject> void enter(
      O object, List<Kobject> needs, ConcurrentMap<K, O> table, K key) {
    enter(object, needs, table, key, () -> {});
  }

  /// @param prepare what only the one may do to the object who registers it, before others see it
  private <K, O extends Kobject> void enter(
      O object, List<Kobject> needs, ConcurrentMap<K, O> table, K key, Runnable prepare) {
    if (!object.advance(Stage.NEW, Stage.ARRIVING)) {
      throw new DriverfsException(
          Errno.EEXIST, object.where(), "was registered before; make a new one");
    }
    prepare.run();
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
  static int begin(Kobject object) {
    int prevented = object.beginToGo();
    if (prevented == -1) {
      throw notRegistered(object);
    }
    return prevented;
  }

  <K, O extends Kobject> void leave(
      O object, List<Kobject> needs, ConcurrentMap<K, O> table, K key) {
    observers.tell(observer -> observer.removed(object));
    announce(object, Action.REMOVE);
    table.remove(key, object);
    needs.forEach(Kobject::removeMember);
  }

  /// Called by the thread that changes the device.
  ///
  /// @throws DriverfsException see [Model#move]
  void move(Device device, Place to) {
    synchronized (moves) {
      moveAlone(device, to);
    }
  }

  private void moveAlone(Device device, Place to) {
    Place from = Place.of(device);
    Device parent = to.parent();
    if (!device.isRegistered()) {
      throw notRegistered(device);
    }
    if (to.equals(from)) {
      return;
    }
    if (parent != null && Links.needs(parent, device)) {
      throw new DriverfsException(
          Errno.EINVAL,
          device.path(),
          "cannot be moved below itself or a device that needs it, to " + parent.path());
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

  /// Makes a device need another.
  ///
  /// @throws DriverfsException see [Model#link]
  void link(Device consumer, Device supplier) {
    synchronized (moves) {
      for (Device each : List.of(consumer, supplier)) {
        if (!each.isRegistered()) {
          throw notRegistered(each);
        }
      }
      if (Links.needs(supplier, consumer)) {
        throw new DriverfsException(
            Errno.ELOOP,
            consumer.path(),
            "cannot need " + supplier.path() + ", which is or needs this device already");
      }
      if (consumer.suppliers().contains(supplier)) {
        throw new DriverfsException(
            Errno.EEXIST, consumer.path(), "needs " + supplier.path() + " already");
      }
      consumer.links().suppliers.add(supplier);
      supplier.links().consumers.add(consumer);
    }
  }

  /// @return false if there was no such link
  boolean unlink(Device consumer, Device supplier) {
    synchronized (moves) {
      supplier.links().consumers.remove(consumer);
      return consumer.links().suppliers.remove(supplier);
    }
  }

  /// Ends the links of a device that is not registered any more.
  ///
  /// @return the devices that needed it
  List<Device> unlink(Device device) {
    synchronized (moves) {
      List<Device> consumers = List.copyOf(device.consumers());
      consumers.forEach(it -> unlink(it, device));
      List.copyOf(device.suppliers()).forEach(it -> unlink(device, it));
      return consumers;
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
    if (isNewKey) {
      table.remove(oldKey, device);
    }
  }

  private void announce(Kobject object, Action action) {
    if (object instanceof Device device) {
      publish(device, action, Map.of());
    } else if (!(object instanceof ModuleRecord)) {
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
