package org.driverfs.lab.chaos.driver;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A module that does in each of its callbacks what the dice of its [Script] say.
public final class ChaosModule implements DriverModule {
  private static final int DEVICES = 3;

  private final Deeds deeds = new Deeds(Script.ofThisJar());
  private volatile ModuleContext context;

  /// Made for each loading.
  public ChaosModule() {}

  @Override
  public void init(ModuleContext module) {
    context = module;
    module.own("chaos", () -> deeds.in(Callback.CLOSE_OWNED));
    module.onParameter("act", _ -> act());
    deeds.framework().arrived(module, null, DeviceType.PLAIN);
    deeds.in(Callback.INIT);
    switch (deeds.script().shape()) {
      case WHOLE -> bringAll(module);
      case GUEST -> drive(module, require(module, "ground"), guestIds());
      case NET -> drive(module, require(module, "net"), "net");
    }
    Events.Subscription events = module.subscribe();
    module.start("chaos-events-" + deeds.script().name(), () -> listen(events));
  }

  @Override
  public void exit() {
    deeds.in(Callback.EXIT);
  }

  @Override
  public Optional<String> veto() {
    return switch (deeds.in(Callback.VETO)) {
      case NULL -> null;
      case WRONG -> Optional.of("chaos is not over");
      default -> Optional.empty();
    };
  }

  private static Bus require(ModuleContext module, String bus) {
    return module
        .findBus(bus)
        .orElseThrow(() -> new DriverfsException(Errno.ENODEV, bus, "there is no such bus"));
  }

  private void bringAll(ModuleContext module) {
    String name = deeds.script().name();
    var own = module.module();
    var bus = new Bus(name, _ -> ids(name), new ChaosAttributes<Bus>(deeds), own);
    var deviceClass =
        new DeviceClass(
            name, new ChaosAttributes<DeviceClass>(deeds), new ChaosAttributes<Device>(deeds), own);
    var type =
        new DeviceType(
            name,
            List.of(name),
            new ChaosAttributes<Device>(deeds),
            _ -> deeds.in(Callback.RELEASE),
            own);
    module.register(bus);
    module.register(deviceClass);
    deeds.framework().arrived(module, bus, type);
    for (int i = 0; i < DEVICES; i++) {
      module.register(
          Device.builder(name + "-" + i)
              .folder(name)
              .bus(bus)
              .deviceClass(i == 0 ? deviceClass : null)
              .type(type)
              .build());
    }
    drive(module, bus, name);
  }

  private List<String> ids(String name) {
    return switch (deeds.in(Callback.IDS)) {
      case NULL -> null;
      case WRONG -> List.of("chaos", name, "chaos");
      default -> List.of(name);
    };
  }

  /// Several modules want the same of the ground's devices.
  private String[] guestIds() {
    int first = Math.floorMod(deeds.script().seed(), 14);
    return new String[] {"p" + first, "p" + (first + 1), "p" + (first + 2)};
  }

  private void drive(ModuleContext module, Bus bus, String... ids) {
    var driver = new ChaosDriver(deeds);
    var builder =
        Driver.builder(deeds.script().name(), bus, driver)
            .owner(module.module())
            .attributes(new ChaosAttributes<Driver>(deeds))
            .deviceAttributes(new ChaosAttributes<Device>(deeds))
            .runtimePower(driver);
    for (String id : ids) {
      builder.id(id, Math.floorMod(deeds.script().seed(), 10));
    }
    module.register(builder.build());
  }

  /// What somebody has written to its parameter: another of its devices comes or goes, among them
  /// parents of others.
  private void act() {
    deeds.in(Callback.PARAMETER);
    try {
      deeds
          .framework()
          .call(
              Callback.PARAMETER,
              deeds.draw(Callback.PARAMETER, 2) == 0 ? Deed.REGISTER : Deed.UNREGISTER);
    } catch (InterruptedException e) {
      throw Evil.<RuntimeException>raise(e);
    }
  }

  private void listen(Events.Subscription events) {
    try {
      while (!deeds.isStopped()) {
        Event event = events.poll(Duration.ofMillis(100));
        if (event != null && event.path().contains(deeds.script().name())) {
          deeds.in(Callback.EVENT);
        }
      }
    } catch (InterruptedException _) {
      // It is over.
    }
  }

  /// For the one who looks at a heap dump.
  @Override
  public String toString() {
    return "chaos module " + deeds.script().name() + (context == null ? ", not loaded" : "");
  }
}
