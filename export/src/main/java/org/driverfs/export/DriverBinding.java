package org.driverfs.export;

import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Drivers: `bus/<bus>/drivers/<driver>/`, with `bind` and `unbind`, a link to each device they
/// have, and one to their module, which is pinned while a file of theirs is open.
final class DriverBinding extends KobjectBinding<Driver> {
  private static final Duration UNBIND_DEADLINE = Duration.ofSeconds(5);

  private final DriverFiles files;
  private final AttributeSet<Driver> common;

  DriverBinding(Model model, DriverFiles files) {
    this.files = files;
    common =
        AttributeSet.of(
            java.util.List.of(
                Attribute.writeOnly("bind", (driver, id) -> model.bind(device(driver, id), driver)),
                Attribute.writeOnly(
                    "unbind",
                    (driver, id) -> {
                      Device device = device(driver, id);
                      if (device.driver().orElse(null) != driver) {
                        throw new DriverfsException(Errno.ENODEV, id, "is not bound to " + driver);
                      }
                      model.unbind(device, UNBIND_DEADLINE);
                    })));
  }

  void added(Driver driver) {
    var all = new Layers<>(AttributeFiles.of(common), files.own(driver));
    var type = new DirectoryType<>(this, all);
    Directory<?> drivers = BusBinding.drivers(driver.bus());
    Directory<Driver> directory = createDirectory(drivers, driver.name(), type, driver);
    orRemoveDirectory(
        driver,
        () -> {
          driver.owner().ifPresent(it -> directory.createLink("module", directory(it)));
          files.remember(driver);
        });
  }

  @Override
  public boolean get(Driver driver) {
    return driver.get() && (driver.pin(driver) || undo(driver));
  }

  @Override
  public void put(Driver driver) {
    driver.unpin(driver);
    driver.put();
  }

  private static boolean undo(Driver driver) {
    driver.put();
    return false;
  }

  private static Device device(Driver driver, String id) {
    return driver
        .bus()
        .findDevice(id)
        .orElseThrow(() ->
            new DriverfsException(Errno.ENODEV, id, "there is no such device on " + driver.bus()));
  }
}
