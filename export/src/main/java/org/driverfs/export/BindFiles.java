package org.driverfs.export;

import java.time.Duration;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;

/// `bind` and `unbind` of a driver: the name of a device, written there, is given to the driver or
/// taken from it.
final class BindFiles {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final Model model;

  BindFiles(Model model) {
    this.model = model;
  }

  AttributeSet<Driver> attributes() {
    return AttributeSet.of(
        List.of(
            Attribute.writeOnly(
                "bind",
                (driver, id) -> model.bind(DeviceAttributes.onBus(driver.bus(), id), driver)),
            Attribute.writeOnly("unbind", this::unbind)));
  }

  private void unbind(Driver driver, String id) throws InterruptedException {
    Device device = DeviceAttributes.onBus(driver.bus(), id);
    if (device.driver().orElse(null) != driver) {
      throw new DriverfsException(Errno.ENODEV, id, "is not bound to " + driver);
    }
    model.unbind(device, DEADLINE);
  }
}
