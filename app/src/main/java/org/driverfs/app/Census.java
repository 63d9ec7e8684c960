package org.driverfs.app;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.ModelObserver;

/// Counts what is registered, and knows the devices that no bus knows. Thread-safe.
final class Census implements ModelObserver {
  private final AtomicInteger devices = new AtomicInteger();
  private final AtomicInteger drivers = new AtomicInteger();
  private final Set<Device> withoutBus = ConcurrentHashMap.newKeySet();

  int devices() {
    return devices.get();
  }

  int drivers() {
    return drivers.get();
  }

  Set<Device> withoutBus() {
    return withoutBus;
  }

  @Override
  public void added(Kobject object) {
    count(object, 1);
    if (object instanceof Device device && device.bus().isEmpty()) {
      withoutBus.add(device);
    }
  }

  @Override
  public void removed(Kobject object) {
    count(object, -1);
    if (object instanceof Device device) {
      withoutBus.remove(device);
    }
  }

  private void count(Kobject object, int difference) {
    if (object instanceof Device) {
      devices.addAndGet(difference);
    } else if (object instanceof Driver) {
      drivers.addAndGet(difference);
    }
  }

  @Override
  public void moved(Device device) {}

  @Override
  public void bound(Device device, Driver driver) {}

  @Override
  public void unbound(Device device, Driver driver) {}

  @Override
  public void changed(Kobject object, String attribute) {}
}
