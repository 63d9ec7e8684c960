package org.driverfs.model;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;

/// How drivers and devices go: from the first step on there is no way back, and whatever fails, the
/// next step is taken. A driver that hangs is waited for no longer than for a moment.
final class Removal {
  /// How long whoever unregisters something waits for the removes of drivers.
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final int ATTEMPTS = 1000;
  private static final long PAUSE = 1_000_000;

  private final Registry registry;
  private final Binder binder;
  private final Offers offers;

  Removal(Registry registry, Binder binder, Offers offers) {
    this.registry = registry;
    this.binder = binder;
    this.offers = offers;
  }

  /// @throws DriverfsException see [Model#unregister(Driver)]
  void unregister(Driver driver) {
    List<Binding> bindings = List.copyOf(driver.bindings);
    Insistence.Step[] steps = {
      () -> offers.goes(driver),
      () -> binder.awaitTidy(bindings, GRACE),
      () -> registry.leave(driver, List.of(driver.bus()), driver.bus().drivers(), driver.name()),
      driver::end
    };
    Registry.begin(driver);
    Insistence.take(steps);
  }

  /// @throws DriverfsException see [Model#unregister(Device)]
  void unregister(Device device) {
    unregister(device, GRACE);
  }

  private void unregister(Device device, Duration patience) {
    device.requireNotChanging();
    Insistence.Step[] steps = {
      () -> loseDriver(device, patience),
      () -> leave(device),
      device::end,
      device::gone,
      () -> offers.gone(device),
      () -> offers.unlink(device)
    };
    int children = Registry.begin(device);
    if (children > 0) {
      throw new DriverfsException(
          Errno.ENOTEMPTY, device.path(), "has " + children + " children; unregister them first");
    }
    Insistence.take(steps);
  }

  private void loseDriver(Device device, Duration patience) {
    Binding binding = device.binding;
    if (binding != null) {
      binder.unbind(binding, Binding.Cause.FOR_OTHERS);
      binder.awaitTidy(List.of(binding), patience);
    }
  }

  private void leave(Device device) {
    device.beginChange();
    try {
      registry.leave(device);
    } finally {
      device.endChange();
    }
  }

  /// @throws DriverfsException see [Model#remove]
  void remove(Device device) {
    remove(device, GRACE);
  }

  /// @throws DriverfsException see [Model#removeNow]
  void removeNow(Device device) {
    remove(device, Duration.ZERO);
  }

  private void remove(Device device, Duration patience) {
    for (int attempt = 1; ; attempt++) {
      registry.below(device).forEach(below -> tryUnregister(below, patience));
      try {
        unregister(device, patience);
        return;
      } catch (DriverfsException e) {
        if (e.errno() != Errno.ENOTEMPTY || attempt == ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  /// Whoever else unregisters it comes to the same end.
  private void tryUnregister(Device device, Duration patience) {
    try {
      unregister(device, patience);
    } catch (DriverfsException e) {
      if (e.errno() != Errno.ENODEV && e.errno() != Errno.ENOTEMPTY) {
        throw e;
      }
    }
  }
}
