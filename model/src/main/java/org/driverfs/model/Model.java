package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// The devices, drivers, buses, classes and modules of one world, and what happens among them.
///
/// `register` and `unregister` are symmetric: after both, everything is as before. Thread-safe; no
/// lock is held while an observer or a driver is called.
public final class Model {
  private final ConcurrentMap<String, Bus> buses = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, DeviceClass> classes = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Module> modules = new ConcurrentHashMap<>();

  private final Registry registry = new Registry();
  private final Binder binder = new Binder(this, registry);
  private final Searches searches = new Searches(this, binder);
  private final Offers offers = new Offers(binder, searches);
  private final Reasons reasons = new Reasons(searches);
  private final Activities activities;
  private final Power power;
  private final AtomicLong driverOrder = new AtomicLong();

  /// A model with nothing in it.
  public Model() {
    this(Clock.SYSTEM);
  }

  Model(Clock clock) {
    var sleep = new SystemSleep(this, searches);
    activities = new Activities(gate(), clock, () -> sleep.state() != SystemSleep.State.ON);
    power = new Power(sleep, activities, clock);
  }

  /// Lets somebody represent what is registered from now on.
  public void addObserver(ModelObserver observer) {
    registry.observers().add(observer);
  }

  /// Who sleeps and who is awake.
  public Power power() {
    return power;
  }

  Activities activities() {
    return activities;
  }

  /// All devices that are registered.
  List<Device> devices() {
    return registry.devices(buses.values());
  }

  /// What happens here.
  public Events events() {
    return registry.events();
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
    registry.enter(bus, List.of(), buses, bus.name());
  }

  /// Unregisters a bus.
  ///
  /// @throws DriverfsException EBUSY while devices or drivers are on it; ENODEV if it is not
  ///   registered
  public void unregister(Bus bus) {
    if (Registry.begin(bus) > 0) {
      throw new DriverfsException(
          Errno.EBUSY,
          bus.toString(),
          "has %d devices and %d drivers; unregister them first"
              .formatted(bus.devices().size(), bus.drivers().size()));
    }
    registry.leave(bus, List.of(), buses, bus.name());
    bus.end();
  }

  /// Registers a class.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(DeviceClass deviceClass) {
    registry.enter(deviceClass, List.of(), classes, deviceClass.name());
  }

  /// Unregisters a class.
  ///
  /// @throws DriverfsException EBUSY while devices are of it; ENODEV if it is not registered
  public void unregister(DeviceClass deviceClass) {
    int devices = Registry.begin(deviceClass);
    if (devices > 0) {
      throw new DriverfsException(
          Errno.EBUSY,
          deviceClass.toString(),
          "has " + devices + " devices; unregister them first");
    }
    registry.leave(deviceClass, List.of(), classes, deviceClass.name());
    deviceClass.end();
  }

  /// Registers a module.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(Module module) {
    registry.enter(module, List.of(), modules, module.name());
  }

  /// Unregisters a module that nobody uses.
  ///
  /// @throws DriverfsException EBUSY while it is in use or owns drivers; then nothing has changed.
  ///   ENODEV if it is not registered
  public void unregister(Module module) {
    int drivers = Registry.begin(module);
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
    registry.leave(module, List.of(), modules, module.name());
    module.useCount().closed();
    module.end();
  }

  /// Registers a driver, and offers it the devices of its bus that it suits. They are probed by
  /// threads of their own; [#settle] waits for them.
  ///
  /// @throws DriverfsException EEXIST if its bus has one of that name; ENODEV if its bus or owner
  ///   is not registered; what an observer threw
  public void register(Driver driver) {
    registry.enter(driver, needs(driver), driver.bus().drivers(), driver.name());
    driver.arrived(driverOrder.incrementAndGet());
    offers.arrived(driver);
  }

  /// Takes all its devices from a driver, and unregisters it. Does not wait for anybody: if a
  /// callback of the driver is running, the remove of that device follows when that returns, and
  /// the driver's module stays in use until then.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public void unregister(Driver driver) {
    Registry.begin(driver);
    offers.goes(driver);
    registry.leave(driver, List.of(driver.bus()), driver.bus().drivers(), driver.name());
    driver.end();
  }

  /// Registers a device, and looks for a driver for it. It is probed by a thread of its own, after
  /// its parent; [#settle] waits for that.
  ///
  /// @throws DriverfsException EEXIST if its bus or parent has one of that name; ENODEV if its
  ///   parent, bus or class is not registered; what an observer threw
  public void register(Device device) {
    device.ids = device.bus().map(bus -> bus.idsOf(device)).orElse(List.of());
    registry.enter(device);
    offers.arrived(device);
  }

  /// Takes its driver from a device, and unregisters it. Does not wait for anybody: if a callback
  /// of the driver is running, its remove follows when that returns.
  ///
  /// @throws DriverfsException ENOTEMPTY while it has children; ENODEV if it is not registered
  public void unregister(Device device) {
    device.requireNotChanging();
    int children = Registry.begin(device);
    if (children > 0) {
      throw new DriverfsException(
          Errno.ENOTEMPTY, device.path(), "has " + children + " children; unregister them first");
    }
    Binding binding = device.binding;
    if (binding != null) {
      binder.unbind(binding, Binding.Cause.FOR_OTHERS);
    }
    device.beginChange();
    try {
      registry.leave(device);
    } finally {
      device.endChange();
    }
    device.end();
    offers.gone(device);
    registry.unlink(device).forEach(consumer -> noLongerNeeds(consumer, device));
  }

  /// Gives a device another place or name; whoever has it open keeps it open.
  ///
  /// @param parent null for the top
  /// @throws DriverfsException EEXIST if the name is taken; ENODEV if the device or the new parent
  ///   is not registered; EINVAL if the new parent is below the device; what an observer threw.
  ///   Then nothing has changed
  public void move(Device device, @Nullable Device parent, String folder, String name) {
    device.beginChange();
    String oldName = device.name();
    Device oldParent = device.parent().orElse(null);
    try {
      registry.move(device, new Place(parent, folder, name));
    } finally {
      device.endChange();
    }
    offers.moved(device, oldName);
    activities.moved(device, oldParent, parent);
    if (oldParent != null && oldParent != parent) {
      searches.unfollow(device, oldParent);
    }
  }

  /// Makes a device need another: it has a driver only while the other has one, is unbound and
  /// suspended before it, bound and resumed after it. The link ends with either of the two.
  ///
  /// @throws DriverfsException ELOOP if the supplier is the consumer or needs it; EEXIST if it is
  ///   its supplier already; EBUSY if the consumer has a driver and the supplier has none; ENODEV
  ///   if one of the two is not registered. Then nothing has changed
  public void link(Device consumer, Device supplier) {
    registry.link(consumer, supplier);
    Binding binding = consumer.binding;
    if (binding != null && !binding.hold(supplier.binding)) {
      unlink(consumer, supplier);
      throw new DriverfsException(
          Errno.EBUSY,
          consumer.path(),
          "has a driver, and " + supplier.path() + " has none; bind that or unbind this first");
    }
    activities.needs(consumer, supplier, true);
    searches.request(consumer);
  }

  /// Ends a [#link].
  ///
  /// @throws DriverfsException ENOENT if there is none
  public void unlink(Device consumer, Device supplier) {
    if (!registry.unlink(consumer, supplier)) {
      throw new DriverfsException(
          Errno.ENOENT, consumer.path(), "does not need " + supplier.path());
    }
    Binding binding = consumer.binding;
    if (binding != null) {
      binding.letGo(supplier);
    }
    noLongerNeeds(consumer, supplier);
  }

  private void noLongerNeeds(Device consumer, Device supplier) {
    activities.needs(consumer, supplier, false);
    searches.unfollow(consumer, supplier);
    searches.request(consumer);
  }

  /// Gives a device to a driver that matches it.
  ///
  /// @throws DriverfsException EBUSY if it has one; EINVAL if the driver cannot drive it; EAGAIN if
  ///   a supplier has no driver, or the probe waits for something; ENODEV if one of the two is
  ///   going; what the probe threw
  public void bind(Device device, Driver driver) {
    if (!Candidates.isMatch(device, driver)) {
      throw new DriverfsException(
          Errno.EINVAL, device.path(), "is nothing that " + driver + " drives; see its why");
    }
    switch (bindByHand(device, driver)) {
      case Binder.Bound _ -> device.search().forget(driver);
      case Binder.Taken _ ->
          throw new DriverfsException(
              Errno.EBUSY, device.path(), "has a driver already; unbind it first");
      case Binder.Lost _ ->
          throw new DriverfsException(Errno.ENODEV, device.path(), "went while it was probed");
      case Binder.Unsupplied it ->
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), "waits for supplier " + it.supplier().path());
      case Binder.Deferred it ->
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), driver + " waits for " + it.awaited());
    }
  }

  private Binder.Outcome bindByHand(Device device, Driver driver) {
    if (!searches.enter()) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "cannot be bound while the system is " + power.state());
    }
    try {
      List<Binder.Outcome> outcome = new ArrayList<>(1);
      if (!driver.ifPinned(() -> outcome.add(binder.bind(device, driver, null)))) {
        throw new DriverfsException(Errno.ENODEV, driver.toString(), "its module is going");
      }
      return outcome.getFirst();
    } finally {
      searches.leave();
    }
  }

  /// Looks for a driver for a device, also among those that have refused it and where its bus does
  /// not probe by itself, and waits for the outcome.
  ///
  /// @param deadline how long to wait
  /// @throws DriverfsException ENODEV if it has no driver then, saying why; EBUSY if a probe takes
  ///   longer: it goes on; EDEADLK from inside a callback for the device
  public void probe(Device device, Duration deadline) throws InterruptedException {
    binder.requireOutside(device);
    if (device.bus().isEmpty() || !device.isRegistered()) {
      throw Registry.notRegistered(device);
    }
    if (!searches.force(device, deadline)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is still being probed: " + gate().inside(call -> call.object() == device));
    }
    if (device.driver().isEmpty()) {
      throw new DriverfsException(
          Errno.ENODEV, device.path(), "has no driver: " + String.join("; ", why(device)));
    }
  }

  /// Lets only one driver have a device, whatever ids it knows, or any. A driver that the device
  /// has stays until it is unbound.
  ///
  /// @param driver the name of a driver, which may come later; empty for any
  /// @throws DriverfsException ENODEV if the device is not registered, or is on no bus
  public void override(Device device, String driver) {
    if (device.bus().isEmpty() || !device.isRegistered()) {
      throw Registry.notRegistered(device);
    }
    offers.override(device, driver.isEmpty() ? null : driver);
  }

  /// The only driver that may have a device; empty for any.
  public Optional<String> findOverride(Device device) {
    return Optional.ofNullable(Candidates.override(device));
  }

  /// Sets whether a driver that suits a device better than the one that it has takes over, or is
  /// only told of (an event of the device with `BETTER_DRIVER`), as it is at first.
  public void takeBetter(Device device, boolean takes) {
    device.search().takesBetter(takes);
    searches.request(device);
  }

  /// What [#takeBetter] has set.
  public boolean takesBetter(Device device) {
    Search search = device.findSearch();
    return search != null && search.takesBetter();
  }

  /// Why a device has the driver that it has, or none: a line for each driver of its bus. Asks
  /// drivers for their bids.
  public List<String> why(Device device) {
    return reasons.of(device);
  }

  /// Waits until no device is being probed, and none has to be.
  ///
  /// @throws DriverfsException ETIMEDOUT, naming who is inside, if that takes longer; EDEADLK from
  ///   inside a callback
  public void settle(Duration deadline) throws InterruptedException {
    if (gate().isInside()) {
      throw new DriverfsException(
          Errno.EDEADLK, "settle", "a driver cannot wait for probes from inside a callback");
    }
    if (!searches.settle(deadline)) {
      throw new DriverfsException(
          Errno.ETIMEDOUT, "settle", "devices are still being probed: " + gate().inside(_ -> true));
    }
  }

  Searches searches() {
    return searches;
  }

  Offers offers() {
    return offers;
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
    registry.observers().tell(observer -> observer.changed(device, attribute));
    publish(device, Action.CHANGE, Map.of("ATTRIBUTE", attribute));
  }

  /// Tells that an attribute is visible for a device now, or is not any more. Those who have it
  /// open then get ENODEV. Called after it has changed, with no lock held: the attribute is looked
  /// for.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  public void visibilityChanged(Device device, String attribute) {
    registry.observers().tell(observer -> observer.visibilityChanged(device, attribute));
    publish(device, Action.CHANGE, Map.of("ATTRIBUTE", attribute));
  }

  /// Publishes an event that a device's subsystem tells of.
  public void publish(Device device, Action action, Map<String, String> properties) {
    registry.publish(device, action, properties);
    offers.changed(device);
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
}
