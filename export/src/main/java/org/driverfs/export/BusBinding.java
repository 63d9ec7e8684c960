package org.driverfs.export;

import org.driverfs.model.Bus;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Buses: `bus/<bus>/`, with `devices/`, a link to each device, and `drivers/`.
final class BusBinding extends KobjectBinding<Bus> {
  private final Directory<?> buses;

  BusBinding(Directory<?> root) {
    buses = root.createDirectory("bus");
  }

  void added(Bus bus) {
    var type = new DirectoryType<>(this, AttributeFiles.of(bus.attributes()));
    Directory<Bus> directory = Shown.createDirectory(buses, bus.name(), type, bus);
    Shown.orRemoveDirectory(
        bus,
        () -> {
          directory.createDirectory("devices");
          directory.createDirectory("drivers");
        });
  }

  static Directory<?> devices(Bus bus) {
    return (Directory<?>) Shown.directory(bus).require("devices");
  }

  static Directory<?> drivers(Bus bus) {
    return (Directory<?>) Shown.directory(bus).require("drivers");
  }
}
