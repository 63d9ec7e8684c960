package org.driverfs.app;

import org.driverfs.model.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Gives a device to a driver.
@Command(name = "bind", description = "Gives a device to a driver.")
final class BindVerb extends Verb {
  @Parameters(index = "0", paramLabel = "DRIVER", description = "A driver of the device's bus.")
  private String driver = "";

  @Parameters(index = "1", paramLabel = "DEVICE", description = "The path of a device.")
  private String path = "";

  @Override
  public Integer call() {
    World world = daemon().world();
    Device device = world.requireDevice(path);
    world.model().bind(device, world.requireDriver(device, driver));
    return DONE;
  }
}
