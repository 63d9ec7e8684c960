package org.driverfs.lab.chaos.good;

import java.util.List;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A bus `ground` with devices that drivers of other modules are for.
public final class GroundModule implements DriverModule {
  private static final int DEVICES = 16;

  /// Made for each loading.
  public GroundModule() {}

  @Override
  public void init(ModuleContext module) {
    var bus = new Bus("ground", Bus.OF_TYPE, AttributeSet.none(), module.module());
    module.register(bus);
    for (int i = 0; i < DEVICES; i++) {
      var type =
          new DeviceType("p", List.of("p" + i), AttributeSet.none(), _ -> {})
              .owner(module.module());
      module.register(Device.builder("p" + i).folder("ground").bus(bus).type(type).build());
    }
  }
}
