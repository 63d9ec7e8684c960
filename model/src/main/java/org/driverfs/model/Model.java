package org.driverfs.model;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// The devices, drivers, buses, classes and modules of one world, and what happens among them.
///
/// `register` and `unregister` are symmetric: after both, everything is as before. Thread-safe; no
/// lock is held while an observer or a driver is called.
public final class Model {
  private final ConcurrentMap<String, DeviceClass> classes = new ConcurrentHashMap<>();

  private final Registry registry = new Registry();
  private final Binder binder = new Binder(this, registry);
  private final ModuleTable modules = new ModuleTable(registry, binder.gate());
  private final Searches searches = new Searches(this, binder);
  private final Offers offers = new Offers(this, registry, binder, searches);
  private final Removal removal = new Removal(registry, binder, offers);
  private final Matching matching = new Matching(this, binder, searches);
  private final Succession succession = new Succession(this, registry, binder, searches);
  private final NameExchange names = new NameExchange(registry, binder.gate());
  private final Activities activities;
  private final Power power;

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
    return registry.devices();
  }

  /// What happens here.
  public Events events() {
    return registry.events();
  }

  /// The way into the code of drivers.
  public Gate gate() {
    return binder.gate();
  }

  /// What only whoever brings modules may do with them.
  public ModelHost host() {
    return new ModelHost(gate().workqueue());
  }

  /// The buses that are registered.
  public Collection<Bus> buses() {
    return registry.buses();
  }

  /// The classes that are registered.
  public Collection<DeviceClass> classes() {
    return Collections.unmodifiableCollection(classes.values());
  }

  /// The bus of that name.
  public Optional<Bus> findBus(String name) {
    return Optional.ofNullable(registry.bus(name));
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
    registry.enter(bus);
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
    registry.leave(bus);
    bus.end();
  }

  /// Registers a class.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(DeviceClass deviceClass) {
    registry.enter(deviceClass, Registry.owners(deviceClass.owner()), classes, deviceClass.name());
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

  /// The module of that name.
  public Optional<Module> findModule(String name) {
    return modules.find(name);
  }

  /// What is known of the modules that are there, and of some that were.
  public Collection<ModuleRecord> moduleRecords() {
    return modules.records();
  }

  /// Registers a module.
  ///
  /// @throws DriverfsException EEXIST if there is one of that name; what an observer threw
  public void register(Module module) {
    modules.register(module);
  }

  /// Unregisters a module that nobody uses.
  ///
  /// @throws DriverfsException EBUSY while it is in use or owns drivers; then nothing has changed.
  ///   ENODEV if it is not registered
  public void unregister(Module module) {
    modules.unregister(module, false);
  }

  /// Unregisters a module that nobody uses, and keeps its record until [#forget].
  ///
  /// @throws DriverfsException see [#unregister(Module)]
  public void unregisterAndRemember(Module module) {
    modules.unregister(module, true);
  }

  /// Lets the record of a name go; does nothing if there is none, or if a module of that name is
  /// there.
  public void forget(String name) {
    modules.records().stream()
        .filter(it -> it.name().equals(name))
        .findAny()
        .ifPresent(modules::forget);
  }

  /// Who uses a module: calls into its code, open files, as messages name them.
  public List<String> users(Module module) {
    return modules.users(module);
  }

  /// Lets nobody use any more what is open of a module that refuses new users: what represents it
  /// answers ENODEV from now on.
  public void revoke(Module module) {
    registry.observers().tell(observer -> observer.revoked(module));
  }

  /// Tells that a module is in another state now, as [Module#state] says it.
  public void stateChanged(Module module) {
    module.record().ifPresent(modules::tellState);
  }

  /// The drivers of a module that are registered.
  public List<Driver> drivers(Module module) {
    return modules.drivers(module).toList();
  }

  /// Lets the drivers of a module save their devices, with [Driver.Callbacks#save], for those that
  /// the next module of its name brings. Nobody is in its code.
  ///
  /// @param isOwn which devices are the module's own, so that the next one makes others in their
  ///   place
  /// @return what could not be saved, in words
  public List<String> save(Module module, Predicate<? super Device> isOwn) {
    return succession.save(module, isOwn);
  }

  /// Forgets what [#save] has kept before, and nobody has taken.
  public void forgetSaved(Module module) {
    module.record().ifPresent(ModuleRecord::forgetSaved);
  }

  /// Registers a driver, and offers it the devices of its bus that it suits. They are probed by
  /// threads of their own; [#settle] waits for them.
  ///
  /// @throws DriverfsException EEXIST if its bus has one of that name; ENODEV if its bus or owner
  ///   is not registered; what an observer threw
  public void register(Driver driver) {
    registry.enter(driver, needs(driver));
    offers.arrived(driver);
  }

  /// Registers a driver under another name than it was made with, because one of that name is
  /// there.
  ///
  /// @throws DriverfsException see [#register(Driver)]
  public void register(Driver driver, String name) {
    driver.rename(name);
    register(driver);
  }

  /// Takes all its devices from a driver, and unregisters it. If a callback of the driver is
  /// running, the remove of that device follows when that returns, and the driver's module stays in
  /// use until then. Removes that can run are waited for, all together for a second at most: then
  /// they go on.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public void unregister(Driver driver) {
    removal.unregister(driver);
  }

  /// Registers a device, and looks for a driver for it. It is probed by a thread of its own, after
  /// its parent; [#settle] waits for that.
  ///
  /// @throws DriverfsException EEXIST if its bus or parent has one of that name; ENODEV if its
  ///   parent, bus or class is not registered; what an observer threw
  public void register(Device device) {
    device.gate = gate();
    registry.enter(device, device.bus().map(bus -> bus.idsOf(device, gate())).orElse(List.of()));
    offers.arrived(device);
  }

  /// Takes its driver from a device, and unregisters it. If a callback of the driver is running,
  /// its remove follows when that returns. A remove that can run is waited for, for a second at
  /// most: then it goes on.
  ///
  /// @throws DriverfsException ENOTEMPTY while it has children; ENODEV if it is not registered
  public void unregister(Device device) {
    removal.unregister(device);
  }

  /// Unregisters a device that is not there any more, with all that is below it, whoever has
  /// registered that.
  ///
  /// @throws DriverfsException ENODEV if it is not registered; ENOTEMPTY if others come below it as
  ///   fast as they go
  public void remove(Device device) {
    removal.remove(device);
  }

  /// The same, for whoever waits for no driver: removes go on by themselves.
  ///
  /// @throws DriverfsException see [#remove(Device)]
  public void removeNow(Device device) {
    removal.removeNow(device);
  }

  /// Gives a device another place or name; whoever has it open keeps it open.
  ///
  /// @param parent null for the top
  /// @throws DriverfsException EEXIST if the name is taken; ENODEV if the device or the new parent
  ///   is not registered; EINVAL if the new parent is below the device; what an observer threw.
  ///   Then nothing has changed
  public void move(Device device, @Nullable Device parent, String folder, String name) {
    try (Power.Use _ = activities.beforeNeeding(device, parent)) {
      device.beginChange();
      String oldName = device.name();
      Device oldParent = device.parent().orElse(null);
      try {
        registry.move(device, new Place(parent, folder, name));
      } finally {
        device.endChange();
      }
      offers.moved(device, oldName, oldParent);
    }
  }

  /// Makes a device need another: it has a driver only while the other has one, is unbound and
  /// suspended before it, bound and resumed after it. The link ends with either of the two. One
  /// that is made while the system goes to sleep counts from its waking on.
  ///
  /// @throws DriverfsException ELOOP if the supplier is the consumer or needs it; EEXIST if it is
  ///   its supplier already; EBUSY if the consumer has a driver and the supplier has none; ENODEV
  ///   if one of the two is not registered. Then nothing has changed
  public void link(Device consumer, Device supplier) {
    offers.link(consumer, supplier);
  }

  /// Ends a [#link].
  ///
  /// @throws DriverfsException ENOENT if there is none
  public void unlink(Device consumer, Device supplier) {
    offers.unlink(consumer, supplier);
  }

  /// Gives a device to a driver that matches it.
  ///
  /// @throws DriverfsException EBUSY if it has one; EINVAL if the driver cannot drive it; EAGAIN if
  ///   a supplier has no driver, or the probe waits for something; ENODEV if one of the two is
  ///   going; what the probe threw
  public void bind(Device device, Driver driver) {
    matching.bind(device, driver);
  }

  /// Lets a device go from its driver to another, without being without one: those who use it wait
  /// as long as that takes, and find the new one.
  ///
  /// @param deadline how long to wait for those inside the old one
  /// @throws DriverfsException EBUSY, naming those inside, if they stay, or if the device is not
  ///   simply bound; what the probe of the new driver threw. Then the old one has it, or has it
  ///   again; if it cannot be probed again, that is told too, and nobody has the device
  public void handOver(Device device, Driver to, Duration deadline) throws InterruptedException {
    succession.handOver(device, to, deadline);
  }

  /// Lets a module take the place of another: its name and its record, and for its drivers those of
  /// the other's. All of that, or nothing.
  ///
  /// @param drivers each with the one whose place it takes
  /// @param newName what the other module is called from now on; nobody else may take it meanwhile
  /// @param deadline how long to wait for those who are inside files of the other's drivers
  /// @throws DriverfsException EBUSY, naming those inside, if they stay; EEXIST if a new name is
  ///   taken
  public void takePlace(
      List<Heir> drivers, Module to, Module from, String newName, Duration deadline)
      throws InterruptedException {
    modules.prepare(newName);
    boolean isDone = false;
    try {
      names.run(drivers, from, () -> modules.takePlace(to, from, newName), deadline);
      isDone = true;
    } finally {
      if (!isDone) {
        forget(newName);
      }
    }
  }

  /// Which driver gets which device, and why.
  public Matching matching() {
    return matching;
  }

  /// Waits until no device is being probed or removed, and none has to be probed.
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
          Errno.ETIMEDOUT,
          "settle",
          "devices are still being probed or removed: " + gate().inside(_ -> true));
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
    while (driver.pin(device)) {
      Binding binding = device.binding;
      boolean isPinned =
          binding != null && binding.driver() == driver && binding.isBound() && binding.get();
      if (binding == null || !isPinned) {
        driver.unpin(device);
        return false;
      }
      if (binding.isAtRest()) {
        return true;
      }
      binding.put();
      driver.unpin(device);
      if (gate().isInside(device)) {
        return false; // the passage waits for this very callback
      }
      binding.awaitPassage();
    }
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

  private static List<Kobject> needs(Driver driver) {
    return driver
        .owner()
        .<List<Kobject>>map(owner -> List.of(driver.bus(), owner))
        .orElse(List.of(driver.bus()));
  }
}
