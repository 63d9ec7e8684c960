package {{package}};

import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A bus with one device on it, and a driver for such devices. What is registered and acquired
/// through the contexts is taken back when the module is unloaded, the last first.
public final class {{class}} implements DriverModule {
  @Override
  public void init(ModuleContext module) {
    // A driver for a bus of the kernel's finds it instead: module.findBus("usb").
    var bus = new Bus("{{name}}", Bus.OF_TYPE, AttributeSet.none(), module.module());
    module.register(bus);
    module.register(
        Driver.builder("{{name}}", bus, {{class}}::probe)
            .owner(module.module())
            .ids("{{name}}")
            .build());
    var type = new DeviceType("{{name}}", AttributeSet.none()).owner(module.module());
    module.register(Device.builder("{{name}}0").bus(bus).type(type).build());
  }

  /// Takes a device: what it throws refuses it.
  private static void probe(Device device, Context context) {
    var value = new AtomicInteger(42);
    context.add(
        Attribute.integer("value", 0, 100)
            .description("what it means")
            .readWrite(_ -> value.get(), (_, newValue) -> value.set(newValue)));
  }
}
