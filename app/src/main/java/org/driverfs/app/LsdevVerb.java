package org.driverfs.app;

import java.util.List;
import java.util.stream.Stream;
import org.driverfs.model.Device;
import org.driverfs.model.Kobject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Lists devices.
@Command(name = "lsdev", description = "Lists the devices: bus, name, driver, path.")
final class LsdevVerb extends Verb {
  @Parameters(paramLabel = "BUS", arity = "0..1", description = "Only those on this bus.")
  private @Nullable String bus;

  @Override
  public Integer call() {
    World world = daemon().world();
    Stream<Device> devices = bus == null ? world.devices() : World.devices(world.requireBus(bus));
    List<List<String>> rows =
        devices
            .map(device ->
                List.of(
                    device.bus().map(Kobject::name).orElse("-"),
                    device.name(),
                    device.driver().map(Kobject::name).orElse("-"),
                    device.path()))
            .sorted(Table.ORDER)
            .toList();
    Table.print(session(), List.of("BUS", "DEVICE", "DRIVER", "PATH"), rows);
    return DONE;
  }
}
