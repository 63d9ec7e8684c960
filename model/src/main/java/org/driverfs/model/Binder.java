package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Brings devices and drivers together, and apart (`dd.c` of the kernel).
///
/// A device has at most one [Binding]. It is set by compare-and-set before the probe and cleared
/// after the remove, so that the probe and remove of one device exclude each other without a lock.
/// A device that arrives is in the table of its bus before it looks for a driver, and a driver
/// before it looks for devices: whichever is second sees the first.
final class Binder {
  private static final VarHandle BINDING;

  static {
    try {
      BINDING = MethodHandles.lookup().findVarHandle(Device.class, "binding", Binding.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Model model;
  private final Gate gate = new Gate();

  Binder(Model model) {
    this.model = model;
  }

  Gate gate() {
    return gate;
  }

  void deviceArrived(Device device) {
    device
        .bus()
        .ifPresent(bus ->
            bus.forEachDriver(driver -> {
              if (device.binding == null && bus.matches(device, driver)) {
                tryBind(device, driver);
              }
            }));
  }

  void driverArrived(Driver driver) {
    driver
        .bus()
        .forEachDevice(device -> {
          if (device.binding == null && driver.bus().matches(device, driver)) {
            tryBind(device, driver);
          }
        });
  }

  private void tryBind(Device device, Driver driver) {
    try {
      bind(device, driver);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.INFO, driver + " refused " + device.path() + ": " + e.getMessage());
    }
  }

  /// @throws DriverfsException EBUSY if the device has a driver; ENODEV if one of the two is going;
  ///   what the probe threw
  void bind(Device device, Driver driver) {
    var binding = new Binding(device, driver, this);
    if (!device.get()) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "is not registered");
    }
    if (!BINDING.compareAndSet(device, null, binding)) {
      device.put();
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "has a driver already; unbind it first");
    }
    try {
      gate.call(
          driver,
          device,
          "probe",
          () -> {
            driver.callbacks().probe(device);
            return true;
          });
    } catch (DriverfsException e) {
      forget(binding);
      throw e;
    }
    if (!binding.probed()) {
      binding.retireNow();
    } else {
      model.bound(device, driver);
      if (!binding.announced()) {
        model.unbound(device, driver);
        binding.retireNow();
      } else if (device.isRegistered() && driver.isRegistered()) {
        return;
      } else {
        unbind(device);
      }
    }
    throw new DriverfsException(Errno.ENODEV, device.path(), "went while it was probed");
  }

  /// Takes the driver from a device; returns before the driver's remove has run if somebody is
  /// still inside: it follows when they leave.
  ///
  /// @return null if the device has no driver
  @org.jspecify.annotations.Nullable
  Binding unbind(Device device) {
    Binding binding = device.binding;
    if (binding != null && binding.beginToGo()) {
      model.unbound(device, binding.driver());
      binding.retireNow();
    }
    return binding;
  }

  /// @throws DriverfsException ENODEV if the device has no driver; EDEADLK from inside a callback
  ///   for the same device; EBUSY with those who are still inside at the deadline
  void unbindAndWait(Device device, Duration deadline) throws InterruptedException {
    if (gate.isInside(device)) {
      throw new DriverfsException(
          Errno.EDEADLK, device.path(), "its driver cannot unbind it from inside a callback");
    }
    Binding binding = unbind(device);
    if (binding == null) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "has no driver");
    }
    if (!binding.awaitEnd(deadline)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is unbound as soon as those inside its driver leave: " + inside(device));
    }
  }

  /// Nobody is in the driver for this device any more.
  void removed(Binding binding) {
    Driver driver = binding.driver();
    try {
      gate.call(
          driver,
          binding.device(),
          "remove",
          () -> {
            driver.callbacks().remove(binding.device());
            return true;
          });
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.WARNING, "remove of " + driver + " failed: " + e.getMessage());
    } finally {
      forget(binding);
    }
  }

  private static void forget(Binding binding) {
    if (BINDING.compareAndSet(binding.device(), binding, null)) {
      binding.device().put();
    }
  }

  private String inside(Device device) {
    return String.join(
        "; ",
        gate.inside().stream()
            .filter(call -> call.device() == device)
            .map(Gate.Call::toString)
            .toList());
  }
}
