package org.driverfs.export;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Gate;
import org.driverfs.model.Model;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;

/// The files that drivers add to their devices: they go through the gate, and while one is open,
/// the binding and the module of the driver are pinned.
final class DriverFiles {
  private final ConcurrentMap<Driver, FileSet<Device>> byDriver = new ConcurrentHashMap<>();
  private final Model model;

  DriverFiles(Model model) {
    this.model = model;
  }

  /// The files of the driver that the device is bound to now.
  FileSet<Device> of(Device device) {
    return device.driver().map(this::of).orElse(FileSet.none());
  }

  FileSet<Device> of(Driver driver) {
    return byDriver.computeIfAbsent(
        driver, it -> AttributeFiles.of(it.deviceAttributes(), new Way(it)));
  }

  void forget(Driver driver) {
    byDriver.remove(driver);
  }

  private final class Way implements AttributeFiles.Way<Device>, Subsystem<Device> {
    private final Driver driver;

    Way(Driver driver) {
      this.driver = driver;
    }

    @Override
    public <R extends @Nullable Object> R call(
        Device device, String operation, Gate.Callback<R> callback) {
      return model.gate().call(driver, device, operation, callback);
    }

    @Override
    public <S extends Device> FileEntry<S> owned(FileEntry<S> file) {
      return file.ownedBy(this);
    }

    @Override
    public boolean get(Device device) {
      return model.pin(device, driver);
    }

    @Override
    public void put(Device device) {
      model.unpin(device, driver);
    }
  }
}
