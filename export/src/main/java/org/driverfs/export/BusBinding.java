package org.driverfs.export;

import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Gate;
import org.driverfs.model.Model;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileSet;

/// Buses: `bus/<bus>/`, with `devices/`, a link to each device, and `drivers/`.
final class BusBinding extends KobjectBinding<Bus> {
  private final Gate gate;
  private final Directory<?> buses;
  private final FileSet<Bus> common;

  BusBinding(Model model, Directory<?> root, AttributeSet<Bus> common) {
    super(model);
    this.gate = model.gate();
    buses = root.createDirectory("bus");
    this.common = AttributeFiles.of(common);
  }

  void added(Bus bus) {
    FileSet<Bus> own =
        AttributeFiles.ofCode(bus.attributes(), CodeWay.of(gate, bus.owner().orElse(null)));
    var type = new DirectoryType<>(this, new Layers<>(common, own));
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
