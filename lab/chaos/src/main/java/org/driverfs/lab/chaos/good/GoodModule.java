package org.driverfs.lab.chaos.good;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.driverfs.lab.chaos.driver.Shared;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A module that behaves: a bus `good` with devices whose attributes are always the same, and are
/// read all the time. One of them tells what the chaos beside it has done.
public final class GoodModule implements DriverModule {
  /// How many devices it has.
  public static final int DEVICES = 4;

  /// Made for each loading.
  public GoodModule() {}

  @Override
  public void init(ModuleContext module) {
    var bus = new Bus("good", Bus.OF_TYPE, AttributeSet.none(), module.module());
    module.register(bus);
    module.register(
        Driver.builder("good", bus, GoodModule::probe).owner(module.module()).ids("good").build());
    var type = new DeviceType("good", AttributeSet.none()).owner(module.module());
    for (int i = 0; i < DEVICES; i++) {
      module.register(Device.builder("g" + i).folder("good").bus(bus).type(type).build());
    }
  }

  private static void probe(Device device, Context context) {
    var written = new AtomicInteger();
    context.add(Attribute.readOnly("value", _ -> "value of " + device.name()));
    context.add(
        Attribute.integer("number", 0, Integer.MAX_VALUE)
            .readWrite(_ -> written.get(), (_, number) -> written.set(number)));
    context.add(Attribute.constant("constant", _ -> "constant of " + device.name()));
    context.add(
        Attribute.integer("publish", 0, 1 << 20)
            .description("that many events are published when it is written")
            .writeOnly((_, count) -> publish(context, count)));
    for (String initial : List.of("a-f", "g-o", "p-r", "s-z")) {
      context.add(Attribute.readOnly("deeds_" + initial, _ -> deeds(initial)));
    }
  }

  private static void publish(Context context, int count) {
    for (int i = 0; i < count; i++) {
      context.changed("number");
    }
  }

  /// How often each deed was done, of the callbacks whose names begin so.
  private static String deeds(String initials) {
    Map<String, LongAdder> sorted = new TreeMap<>(Shared.counts());
    String pattern = "(?i)[" + initials + "].*";
    return sorted.entrySet().stream()
        .filter(each -> each.getKey().matches(pattern))
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining("\n"));
  }
}
