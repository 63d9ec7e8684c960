package org.driverfs.export;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.tree.FileSet;

/// The files that drivers bring, for themselves and for their devices: they go through the gate,
/// and while one for a device is open, the binding and the module of the driver are pinned.
///
/// Thread-safe. What belongs to a driver is kept from when it is shown until it is not: a late
/// reader finds nothing, and makes nothing that would outlive the driver.
final class DriverFiles {
  private final ConcurrentMap<Driver, FileSet<Device>> byDriver = new ConcurrentHashMap<>();
  private final Model model;

  DriverFiles(Model model) {
    this.model = model;
  }

  /// The files of the driver that the device is bound to now.
  FileSet<Device> of(Device device) {
    while (true) {
      Driver driver = device.driver().orElse(null);
      FileSet<Device> files = driver == null ? FileSet.none() : of(device, driver);
      if (device.driver().orElse(null) == driver) {
        return files; // else the driver may have been forgotten meanwhile, and another has the
        // device
      }
    }
  }

  /// The files of a driver for a device, those included that it has given to this one alone.
  FileSet<Device> of(Device device, Driver driver) {
    return device.givenAttributes().isEmpty()
        ? of(driver)
        : new Layers<>(of(driver), given(device, driver));
  }

  private FileSet<Device> given(Device device, Driver driver) {
    return AttributeFiles.of(AttributeSet.of(device.givenAttributes()), new ForDevices(driver));
  }

  private FileSet<Device> of(Driver driver) {
    return byDriver.getOrDefault(driver, FileSet.none());
  }

  /// @throws DriverfsException EEXIST if two attributes of the driver have one name
  void remember(Driver driver) {
    FileSet<Device> files =
        AttributeFiles.ofCode(driver.deviceAttributes(), new ForDevices(driver));
    byDriver.put(driver, files instanceof AskedFiles ? new SeenFiles(files) : files);
  }

  /// A driver has lost a device, and clients know that.
  void forget(Device device, Driver driver) {
    if (of(driver) instanceof SeenFiles seen) {
      seen.forget(device);
    }
  }

  void forget(Driver driver) {
    byDriver.remove(driver);
  }

  /// The files of the driver itself.
  FileSet<Driver> own(Driver driver) {
    return AttributeFiles.ofCode(driver.attributes(), way(driver));
  }

  /// How a file of the driver itself gets into its code: with the module pinned while it is open.
  AttributeFiles.Way<Driver> way(Driver driver) {
    return new CodeWay<>(model.gate(), driver);
  }

  /// Into a driver that has the device: while a file is open, the binding is pinned too.
  private final class ForDevices extends CodeWay<Device> {
    private final Driver driver;

    ForDevices(Driver driver) {
      super(model.gate(), driver);
      this.driver = driver;
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
