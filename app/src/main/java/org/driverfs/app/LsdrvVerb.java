package org.driverfs.app;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.model.Bus;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import picocli.CommandLine.Command;

/// Lists drivers.
@Command(name = "lsdrv", description = "Lists the drivers: bus, name, module, number of devices.")
final class LsdrvVerb extends Verb {
  @Override
  public Integer call() {
    List<List<String>> rows = new ArrayList<>();
    for (Bus bus : daemon().world().model().buses()) {
      bus.forEachDriver(driver -> rows.add(row(bus, driver)));
    }
    rows.sort(Table.ORDER);
    Table.print(session(), List.of("BUS", "DRIVER", "MODULE", "DEVICES"), rows);
    return DONE;
  }

  private static List<String> row(Bus bus, Driver driver) {
    int devices = driver.devices().size();
    String owner = driver.owner().map(Kobject::name).orElse("-");
    return List.of(bus.name(), driver.name(), owner, Integer.toString(devices));
  }
}
