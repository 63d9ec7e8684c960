package org.driverfs.drivers.onewire;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A bus `w1` with the chips that an owserver lists, and drivers for two kinds of them.
public final class OneWireModule implements DriverModule {
  @Override
  public void init(ModuleContext module) {
    var server = module.own("connection", new OwServer(module.parameter("server")));
    Bus.Ids families = chip -> List.of(chip.name().substring(0, 2)); // that of 10.67C669 is 10
    var bus = new Bus("w1", families, AttributeSet.none(), module.module());
    module.register(bus);
    module.register(
        Driver.builder("thermometer", bus, (chip, it) -> it.add(temperature(server, chip)))
            .owner(module.module())
            .ids("10", "22", "28", "3B", "42")
            .build());
    module.register(
        Driver.builder("switch", bus, (chip, it) -> switches(server, chip).forEach(it::add))
            .owner(module.module())
            .ids("05", "12", "1C", "29", "3A")
            .build());
    var pause = Duration.ofMillis(Integer.parseInt(module.parameter("poll_ms")));
    poll(server, bus, module); // who loads the module finds the chips
    module.every("poll", pause, () -> poll(server, bus, module));
  }

  private static Attribute<Device> temperature(OwServer server, Device chip) {
    String path = "/" + chip.name() + "/temperature";
    return Attribute.decimal("temperature", BigDecimal.valueOf(-55), BigDecimal.valueOf(125))
        .unit("degrees C")
        .readOnly(_ -> new BigDecimal(server.ask(OwServer.READ, path, "")));
  }

  private static Stream<Attribute<Device>> switches(OwServer server, Device chip) {
    String path = "/" + chip.name() + "/";
    return list(server, path, "PIO(\\.[0-9A-Z])?")
        .map(it ->
            Attribute.bool(it.replace('.', '_'))
                .readWrite(
                    _ -> server.ask(OwServer.READ, path + it, "").equals("1"),
                    (_, on) -> server.ask(OwServer.WRITE, path + it, on ? "1" : "0")));
  }

  /// Lets chips come and go as the server lists them. While it is away there are none.
  private static void poll(OwServer server, Bus bus, ModuleContext module) {
    var there = new HashSet<String>();
    try {
      list(server, "/uncached", "[0-9A-F]{2}\\.[0-9A-F]{12}").forEach(there::add);
    } catch (DriverfsException _) {
      // the next poll may find it again
    }
    bus.forEachDevice(chip -> {
      if (!there.remove(chip.name())) {
        module.unregister(chip);
      }
    });
    there.forEach(it -> module.register(Device.builder(it).folder("w1").bus(bus).build()));
  }

  private static Stream<String> list(OwServer server, String path, String form) {
    return Stream.of(server.ask(OwServer.LIST, path, "").split(","))
        .map(it -> it.substring(it.lastIndexOf('/') + 1))
        .filter(it -> it.matches(form));
  }
}
