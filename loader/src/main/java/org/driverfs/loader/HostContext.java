package org.driverfs.loader;

import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.model.Bus;
import org.driverfs.model.Code;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Events;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.Resources;
import org.driverfs.model.spi.ModuleContext;
import org.jspecify.annotations.Nullable;

/// What one loading of a module has registered and acquired, to be taken back in reverse: first its
/// drivers, so that its devices are removed while all else is there, then, after its exit, the
/// rest.
final class HostContext implements ModuleContext {
  private final Model model;
  private final Module module;
  private final Parameters parameters;
  private final Resources resources;

  /// What there was when it began to be released.
  private volatile Set<Kobject> leaving = Set.of();

  /// Its buses, classes and devices.
  private final Set<Kobject> registered = ConcurrentHashMap.newKeySet();

  // Guarded by the monitor of this.
  private final Deque<Driver> drivers = new ConcurrentLinkedDeque<>();
  private boolean isOver;

  /// @param listener hears of each thing that is released
  HostContext(Model model, Module module, Parameters parameters, Resources.Listener listener) {
    this.model = model;
    this.module = module;
    this.parameters = parameters;
    this.resources = new Resources(model.gate(), module, module, listener);
  }

  Parameters parameters() {
    return parameters;
  }

  /// The buses, classes and devices that it has registered, as messages name them.
  List<String> registered() {
    return registered.stream()
        .filter(Kobject::isRegistered)
        .map(Kobject::toString)
        .sorted()
        .toList();
  }

  @Override
  public Module module() {
    return module;
  }

  @Override
  public void register(Driver driver) {
    requireOwner(driver, driver.owner());
    requireDependency(driver, driver.bus().owner());
    model.register(driver, driver.name() + suffix());
    synchronized (this) {
      if (!isOver) {
        drivers.push(driver);
        return;
      }
    }
    unregister(driver);
    throw tooLate(driver);
  }

  /// What tells the drivers of a version from those of another beside which it stands.
  private String suffix() {
    int at = module.name().indexOf('@');
    return at < 0 ? "" : module.name().substring(at);
  }

  private static DriverfsException tooLate(Kobject object) {
    return new DriverfsException(
        Errno.ENODEV, object.toString(), "comes too late: its module is going");
  }

  private void unregister(Driver driver) {
    if (driver.isRegistered()) {
      model.unregister(driver);
    }
  }

  @Override
  public void register(Bus bus) {
    requireOwner(bus, bus.owner());
    model.register(bus);
    resources.own(bus.toString(), () -> model.unregister(bus));
    registered.add(bus);
  }

  @Override
  public void register(DeviceClass deviceClass) {
    requireOwner(deviceClass, deviceClass.owner());
    model.register(deviceClass);
    resources.own(deviceClass.toString(), () -> model.unregister(deviceClass));
    registered.add(deviceClass);
  }

  @Override
  public void register(Device device) {
    if (!device.type().equals(DeviceType.PLAIN)) {
      requireOwner(device, Optional.ofNullable(device.type().owner()));
    }
    requireDependency(device, device.bus().flatMap(Bus::owner));
    requireDependency(device, device.deviceClass().flatMap(DeviceClass::owner));
    model.register(device);
    registered.add(device);
    resources.own(device, () -> remove(device), () -> registered.remove(device));
  }

  private void remove(Device device) {
    if (device.isRegistered()) {
      model.remove(device);
    }
  }

  @Override
  public void unregister(Device device) {
    if (device.isRegistered()) {
      model.unregister(device);
    }
  }

  /// Whether a device is the module's.
  boolean isOwn(Device device) {
    return registered.contains(device);
  }

  /// What the module had registered and is not gone, after [#release] has begun, and why.
  List<String> remaining() {
    return leaving.stream()
        .filter(it -> it.isRegistered() || it.references() > 0)
        .map(it ->
            it.isRegistered()
                ? it + ", which is registered"
                : it + ", with " + it.references() + " references that nobody has given back")
        .toList();
  }

  private void requireOwner(Kobject object, Optional<Module> owner) {
    if (owner.orElse(null) != module) {
      throw new DriverfsException(
          Errno.EINVAL,
          object.toString(),
          "has "
              + owner.map(Kobject::toString).orElse("no owner")
              + "; give it (or the type of the device) context.module() as its owner");
    }
  }

  /// What this module needs of another keeps that one from going.
  private void requireDependency(Kobject object, Optional<Module> owner) {
    if (owner.isPresent() && owner.get() != module && !owner.get().holders().contains(module)) {
      throw new DriverfsException(
          Errno.EINVAL,
          object.toString(),
          "is on something of " + owner.get() + "; add that to `depends` in the manifest");
    }
  }

  @Override
  public Optional<Bus> findBus(String name) {
    return model.findBus(name);
  }

  @Override
  public Optional<DeviceClass> findClass(String name) {
    return model.findClass(name);
  }

  @Override
  public void changed(Device device, String attribute) {
    model.changed(device, attribute);
  }

  @Override
  public <C extends AutoCloseable> C own(String name, C resource) {
    return resources.own(name, resource);
  }

  @Override
  public void close(AutoCloseable resource) {
    resources.close(resource);
  }

  @Override
  public void start(String name, Runnable body) {
    resources.start(name, body);
  }

  @Override
  public void every(String name, Duration pause, Runnable body) {
    resources.every(name, pause, body);
  }

  @Override
  public ExecutorService executor(String name) {
    return resources.executor(name);
  }

  @Override
  public Events.Subscription subscribe() {
    return resources.subscribe(model.events());
  }

  @Override
  public String parameter(String name) {
    return parameters.value(name);
  }

  @Override
  public void onParameter(String name, Consumer<String> listener) {
    parameters.listen(name, listener);
  }

  /// Unregisters the drivers, the last first, and waits until their last callback has ended.
  ///
  /// @param released hears of each
  void removeDrivers(Consumer<String> released) {
    for (Driver driver = nextDriver(); driver != null; driver = nextDriver()) {
      List<Device> devices = driver.devices();
      unregister(driver);
      awaitReleased(driver);
      devices.forEach(device -> released.accept("binding of " + device));
      released.accept(driver.toString());
      forget(driver);
    }
  }

  private synchronized @Nullable Driver nextDriver() {
    isOver = true;
    return drivers.peek();
  }

  private synchronized void forget(Driver driver) {
    drivers.remove(driver);
  }

  /// As long as it takes: who asked for the unloading has a deadline of his own.
  private static void awaitReleased(Code code) {
    Uninterruptibly.pause(() -> {
      while (!code.awaitReleased(Duration.ofDays(1))) {}
    });
  }

  /// Releases all else, the last first.
  void release(Runnable then) {
    leaving = Set.copyOf(registered);
    parameters.close();
    resources.release(then);
  }
}
