package org.driverfs.export;

import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileSet;

/// Drivers: `bus/<bus>/drivers/<driver>/`, with `bind` and `unbind`, `stats/`, a link to each
/// device they have, and one to their module, which is pinned while a file of their own is open.
final class DriverBinding extends KobjectBinding<Driver> {
  private final DriverFiles files;
  private final FileSet<Driver> common;

  DriverBinding(Model model, DriverFiles files) {
    super(model);
    this.files = files;
    common =
        new Layers<>(
            AttributeFiles.of(new BindFiles(model).attributes()),
            AttributeFiles.of(new StatsFiles(model).attributes()));
  }

  void added(Driver driver) {
    var all = new Layers<>(common, files.own(driver));
    var type = new DirectoryType<>(this, all);
    Directory<?> drivers = BusBinding.drivers(driver.bus());
    Directory<Driver> directory = Shown.createDirectory(drivers, driver.name(), type, driver);
    Shown.orRemoveDirectory(
        driver,
        () -> {
          driver
              .owner()
              .flatMap(Module::record)
              .ifPresent(it -> directory.createLink("module", Shown.directory(it)));
          files.remember(driver);
        });
  }

  @Override
  AttributeFiles.Way<Driver> way(Driver driver) {
    return files.way(driver);
  }
}
