package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// Brings devices and drivers together, and apart (`dd.c` of the kernel).
///
/// A device has at most one [Binding]. It is set by compare-and-set before the probe and cleared
/// after the remove, so that the probe and remove of one device exclude each other without a lock.
/// A binding holds references to its device and driver, and so to the driver's module.
///
/// Who comes is registered before it looks for others: whichever is second sees the first. Who goes
/// is not registered any more before it looks for bindings, and who binds looks after its
/// compare-and-set whether both are registered: one of the two sees the other.
final class Binder {
  private static final VarHandle BINDING;

  static {
    try {
      BINDING = MethodHandles.lookup().findVarHandle(Device.class, "binding", Binding.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Registry registry;
  private final Gate gate = new Gate();

  Binder(Registry registry) {
    this.registry = registry;
  }

  Gate gate() {
    return gate;
  }

  void deviceArrived(Device device) {
    device.bus().ifPresent(bus -> bus.forEachDriver(driver -> offer(device, driver)));
  }

  void driverArrived(Driver driver) {
    driver.bus().forEachDeviceSurely(device -> offer(device, driver));
  }

  void driverGoes(Driver driver) {
    driver
        .bus()
        .forEachDeviceSurely(device -> {
          Binding binding = device.binding;
          if (binding != null && binding.driver() == driver) {
            unbind(binding);
          }
        });
  }

  /// Probes the device unless it has a driver. Where another driver is probing or being removed,
  /// this one gets its turn if that does not keep the device.
  private void offer(Device device, Driver driver) {
    while (device.isRegistered() && driver.isRegistered()) {
      Binding there = device.binding;
      if (there == null ? wasTried(device, driver) : there.keepLate(driver)) {
        return;
      }
    }
  }

  /// @return false if another driver was faster
  private boolean wasTried(Device device, Driver driver) {
    try {
      if (!driver.bus().matches(device, driver)) {
        return true;
      }
      Binding binding = claim(device, driver);
      if (binding == null) {
        return false;
      }
      probe(binding);
    } catch (DriverfsException e) {
      Gate.LOG.log(Level.INFO, driver + " refused " + device.path() + ": " + e.getMessage());
    } catch (RuntimeException e) {
      Gate.LOG.log(Level.WARNING, driver + " cannot have " + device.path(), e);
    }
    return true;
  }

  /// @throws DriverfsException EBUSY if the device has a driver; ENODEV if one of the two is going;
  ///   what the probe threw
  void bind(Device device, Driver driver) {
    Binding binding = claim(device, driver);
    if (binding == null) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "has a driver already; unbind it first");
    }
    probe(binding);
  }

  /// @return null if the device has a binding
  private @Nullable Binding claim(Device device, Driver driver) {
    var binding = new Binding(device, driver, this);
    if (!device.get()) {
      throw Registry.notRegistered(device);
    }
    if (!driver.get()) {
      device.put();
      throw Registry.notRegistered(driver);
    }
    if (!BINDING.compareAndSet(device, null, binding)) {
      driver.put();
      device.put();
      return null;
    }
    if (!device.isRegistered() || !driver.isRegistered()) {
      end(binding);
      throw Registry.notRegistered(device.isRegistered() ? driver : device);
    }
    return binding;
  }

  private void probe(Binding binding) {
    Device device = binding.device();
    Driver driver = binding.driver();
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
      end(binding);
      throw e;
    }
    boolean isBound = false;
    try {
      isBound = tellBound(binding);
    } finally {
      if (!isBound) {
        binding.retireNow();
      }
    }
    if (!isBound) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "went while it was probed");
    }
  }

  /// @return false if somebody wants the device to be unbound already
  private boolean tellBound(Binding binding) {
    binding.device().beginChange();
    try {
      if (!binding.probed()) {
        return false;
      }
      registry.bound(binding);
      return true;
    } finally {
      binding.device().endChange();
    }
  }

  /// Takes the driver from a device; returns before the driver's remove has run if somebody is
  /// still inside: it follows when they leave.
  void unbind(Binding binding) {
    boolean goesOn;
    binding.device().beginChange();
    try {
      goesOn = binding.beginToGo();
      if (goesOn) {
        registry.unbound(binding);
      }
    } finally {
      binding.device().endChange();
    }
    if (goesOn) {
      binding.retireNow();
    }
  }

  /// @throws DriverfsException ENODEV if the device has no driver; EDEADLK from inside a callback
  ///   for the same device; EBUSY with those who are still inside at the deadline
  void unbindAndWait(Device device, Duration deadline) throws InterruptedException {
    if (gate.isInside(device)) {
      throw new DriverfsException(
          Errno.EDEADLK, device.path(), "its driver cannot unbind it from inside a callback");
    }
    Binding binding = device.binding;
    if (binding == null) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "has no driver");
    }
    device.requireNotChanging();
    // A thread of its own: the driver's remove, or the close of a file, may never return.
    Thread.ofVirtual().name("driverfs-unbind-" + device.name()).start(() -> unbind(binding));
    if (!binding.awaitEnd(deadline)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is unbound as soon as those inside its driver leave: "
              + gate.inside(call -> call.object() == device));
    }
  }

  /// Nobody is in the driver for this device any more.
  void remove(Binding binding) {
    Driver driver = binding.driver();
    try {
      gate.callBound(
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
      end(binding);
    }
  }

  private void end(Binding binding) {
    Device device = binding.device();
    BINDING.setVolatile(device, (Binding) null);
    List<Driver> late = binding.end();
    device.put();
    binding.driver().put();
    binding.tellEnded();
    for (Driver driver : late) {
      driver.ifPinned(() -> offer(device, driver));
    }
  }
}
