package org.driverfs.export;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;

/// What is in the tree because a driver has a device: a link from the driver's directory, and in
/// the device's the link `driver` and the driver's files.
record BoundDevice(Device device, Driver driver, FileSet<Device> files) {
  /// @throws org.driverfs.errno.DriverfsException EEXIST if the driver's directory has the name
  void appear() {
    Directory<Device> directory = Shown.directory(device);
    Shown.directory(driver).createLink(device.name(), directory);
    entries(directory).forEach(directory::appeared);
  }

  /// Clients have lost the driver's files, and those who had one open are out, when this returns.
  void disappear() {
    Directory<Device> directory = Shown.directory(device);
    DeviceLinks.remove(Shown.directory(driver), directory);
    entries(directory).forEach(directory::disappeared);
    if (directory.type().files() instanceof DeviceFiles all) {
      Entry<? super Device> aside = all.find(device, DeviceFiles.ASIDE);
      if (aside != null && all.hasAside(device) && hasAside(all)) {
        directory.disappeared(aside); // with what is below it; the device's own can be opened again
        directory.appeared(aside);
      }
    }
  }

  /// The device has another driver, without having been without one: names that both bring stay.
  void replaceBy(BoundDevice next) {
    Directory<Device> directory = Shown.directory(device);
    DeviceLinks.remove(Shown.directory(driver), directory);
    Shown.directory(next.driver).createLink(device.name(), directory);
    List<Entry<? super Device>> after = next.entries(directory);
    Set<String> names = after.stream().map(Entry::name).collect(Collectors.toSet());
    entries(directory).stream()
        .map(Entry::name)
        .filter(name -> !names.contains(name))
        .forEach(directory::lookAgain);
    after.forEach(directory::appeared); // clients look again, and know nothing of the old version
  }

  private List<Entry<? super Device>> entries(Directory<Device> directory) {
    return directory.type().files() instanceof DeviceFiles all
        ? all.ofDriver(device, files)
        : List.of();
  }

  private boolean hasAside(DeviceFiles all) {
    return files.list(device).stream().anyMatch(entry -> all.isTaken(device, entry.name()));
  }
}
