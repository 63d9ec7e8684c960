package org.driverfs.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Binding.Cause;
import org.jspecify.annotations.Nullable;

/// Who is offered to whom when a device or a driver comes or goes, is bound or changes, or when
/// what a device needs does.
///
/// Who comes can be found before it looks for others: whichever is second sees the first.
final class Offers {
  private final Model model;
  private final Registry registry;
  private final Binder binder;
  private final Searches searches;
  private final Waiters waiters;

  Offers(Model model, Registry registry, Binder binder, Searches searches) {
    this.model = model;
    this.registry = registry;
    this.binder = binder;
    this.searches = searches;
    this.waiters = searches.waiters();
  }

  void arrived(Device device) {
    Bus bus = device.bus().orElse(null);
    device.deviceClass().ifPresent(it -> it.devices().add(device.name(), device));
    if (bus != null) {
      device.ids().forEach(id -> bus.devicesById.add(id, device));
    }
    if (device.isRegistered()) {
      searches.request(waiters.awaiting(device));
      searches.request(device);
    } else {
      gone(device); // somebody was faster
    }
  }

  /// A device is not registered any more.
  void gone(Device device) {
    Bus bus = device.bus().orElse(null);
    device.deviceClass().ifPresent(it -> it.devices().remove(device.name(), device));
    Search search = device.findSearch();
    if (bus != null) {
      device.ids().forEach(id -> bus.devicesById.remove(id, device));
    }
    if (search != null) {
      searches.unpark(search, device);
      waiters.gone(device, search);
      override(device, null);
    }
    searches.request(waiters.freed());
  }

  void arrived(Driver driver) {
    Bus bus = driver.bus();
    driver.ids().keySet().forEach(id -> bus.driversById.add(id, driver));
    if (driver.isRegistered()) {
      searches.request(concerned(driver));
    } else {
      forget(driver);
    }
  }

  /// A driver cannot be bound any more: its devices are offered to others.
  void goes(Driver driver) {
    forget(driver);
    Searches.unpark(driver);
    binder.unbind(List.copyOf(driver.bindings), Cause.FOR_OTHERS);
    List<Device> free = new ArrayList<>();
    for (Device device : concerned(driver)) {
      Search search = device.findSearch();
      if (search != null) {
        search.forget(driver);
        if (waiters.isFor(search, driver)) {
          waiters.leave(device, search);
          free.add(device);
        }
      }
    }
    searches.request(free);
    searches.request(waiters.freed());
  }

  private static void forget(Driver driver) {
    driver.ids().keySet().forEach(id -> driver.bus().driversById.remove(id, driver));
  }

  /// The devices that a driver may be for.
  private static Set<Device> concerned(Driver driver) {
    Set<Device> all = new HashSet<>();
    driver.names().forEach(name -> all.addAll(driver.bus().overridden.get(name)));
    driver.ids().keySet().forEach(id -> all.addAll(driver.bus().devicesById.get(id)));
    return all;
  }

  /// A device has a driver from now on. Called by the thread that changes the device.
  void has(Binding binding) {
    Search search = binding.device().findSearch();
    if (search != null) {
      waiters.leave(binding.device(), search);
      search.forget(binding.driver());
    }
  }

  /// A device has a driver: those that need it may have one too.
  void bound(Device device) {
    Search search = device.findSearch();
    if (search != null && search.takeWhenFree()) {
      searches.request(device);
    }
    searches.request(device.consumers());
    searches.request(waiters.awaiting(device));
    searches.request(waiters.freed());
  }

  /// A device has another place, and perhaps another name.
  void moved(Device device, String oldName, @Nullable Device oldParent) {
    device.deviceClass().ifPresent(it -> rename(it, device, oldName));
    model.activities().moved(device);
    if (oldParent != null) {
      searches.unfollow(device, oldParent);
    }
    changed(device);
  }

  /// @throws DriverfsException see [Model#link]
  void link(Device consumer, Device supplier) {
    try (Power.Use _ = model.activities().beforeNeeding(consumer, supplier)) {
      registry.link(consumer, supplier);
      boolean isHeld = false;
      try {
        hold(consumer, supplier);
        isHeld = true;
      } finally {
        if (!isHeld) {
          unlink(consumer, supplier);
        }
      }
    }
    searches.request(consumer);
  }

  private void hold(Device consumer, Device supplier) {
    Binding binding = consumer.binding;
    while (binding != null && !binding.hold(supplier)) {
      Binding needed = supplier.binding;
      if (needed == null || !needed.isPassing()) {
        throw new DriverfsException(
            Errno.EBUSY,
            consumer.path(),
            "has a driver, and " + supplier.path() + " has none; bind that or unbind this first");
      }
      needed.awaitPassage();
    }
    model.activities().needs(consumer, supplier);
  }

  /// @throws DriverfsException see [Model#unlink]
  void unlink(Device consumer, Device supplier) {
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

  /// Ends the links of a device that is not registered any more.
  void unlink(Device device) {
    registry.unlink(device).forEach(consumer -> noLongerNeeds(consumer, device));
  }

  private void noLongerNeeds(Device consumer, Device supplier) {
    model.activities().letGo(consumer);
    searches.unfollow(consumer, supplier);
    searches.request(consumer);
    searches.request(waiters.freed());
  }

  private static void rename(DeviceClass deviceClass, Device device, String oldName) {
    deviceClass.devices().remove(oldName, device);
    deviceClass.devices().add(device.name(), device);
    if (!device.isRegistered()) {
      deviceClass.devices().remove(device.name(), device);
    }
  }

  /// Something of a device is another: its name or a value.
  void changed(Device device) {
    searches.request(waiters.awaiting(device));
  }

  /// A device can be bound again.
  void free(Device device, Binding ended) {
    searches.request(device.consumers());
    Search search = device.findSearch();
    boolean wasWanted = search != null && search.takeWhenFree();
    if (wasWanted || ended.cause() == Cause.FOR_OTHERS) {
      searches.request(device);
    }
  }

  /// Lets only one driver have a device; what it has, it keeps.
  ///
  /// @param driver null for any
  void override(Device device, @Nullable String driver) {
    Search search = device.search();
    Bus bus = device.bus().orElseThrow();
    synchronized (search) { // so that the index says what the search says
      String before = search.override();
      if (before != null) {
        bus.overridden.remove(before, device);
        Candidates.find(bus, before)
            .filter(it -> !Candidates.knows(it, device))
            .ifPresent(search::forget); // nobody would find the device for it when it goes
      }
      search.override(driver);
      if (driver != null) {
        bus.overridden.add(driver, device);
      }
    }
    if (device.isRegistered()) {
      searches.request(device);
    } else if (driver != null) {
      override(device, null);
    }
  }
}
