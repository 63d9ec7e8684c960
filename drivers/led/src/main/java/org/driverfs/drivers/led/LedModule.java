package org.driverfs.drivers.led;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A bus `led` with LEDs on it, and the driver for them, which keeps a [Led] for each that it has.
public final class LedModule implements DriverModule {
  @Override
  public void init(ModuleContext module) {
    var bus = new Bus("led", Bus.OF_TYPE, AttributeSet.none(), module.module());
    module.register(bus);
    module.register(
        Driver.builder("led", bus, (device, context) -> probe(device, context, module))
            .owner(module.module())
            .ids("led")
            .build());
    var type = new DeviceType("led", AttributeSet.none()).owner(module.module());
    for (int i = 0; i < number(module, "count"); i++) {
      module.register(Device.builder("led" + i).folder("led").bus(bus).type(type).build());
    }
  }

  /// The attributes know their LED, so that nothing has to be found again, or forgotten.
  private static void probe(Device device, Context context, ModuleContext module) {
    var led =
        new Led(context.executor("blink-" + device.name()), () -> context.changed("brightness"));
    context.add(
        Attribute.integer("brightness", 0, 255)
            .description("how bright it is now; writing 0 ends blinking")
            .readWrite(_ -> led.brightness(), (_, value) -> led.light(allowed(value, module))));
    context.add(
        Attribute.enumeration("trigger", Led.Trigger.class)
            .description("what switches it: nothing, or a timer")
            .readWrite(_ -> led.trigger(), (_, value) -> led.trigger(value)));
    context.add(
        Attribute.integer("blink_ms", 1, 60_000)
            .unit("ms")
            .description("how long the timer leaves it on, and how long off")
            .readWrite(_ -> led.blinkMillis(), (_, value) -> led.blinkMillis(value)));
  }

  private static int allowed(int brightness, ModuleContext module) {
    int max = number(module, "max_brightness");
    if (brightness > max) {
      throw new DriverfsException(
          Errno.ERANGE, "", "parameter max_brightness of the module allows no more than " + max);
    }
    return brightness;
  }

  private static int number(ModuleContext module, String parameter) {
    return Integer.parseInt(module.parameter(parameter));
  }
}
