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
/// the device's the link `driver` and the driver's files. Of those that the driver is asked for
/// only what clients have seen counts: nothing here runs its code.
record BoundDevice(Device device, Driver driver, FileSet<Device> files) {
  /// @throws org.driverfs.errno.DriverfsException EEXIST if the driver's directory has the name
  void appear() {
    Directory<Device> directory = Shown.directory(device);
    Shown.directory(driver).createLink(device.name(), directory);
    entries(directory).forEach(directory::appeared);
  }

  /// Clients have lost the driver's files, and those who had one open are out, when this returns.
  void disappear() {
    if (hasGone()) {
      return;
    }
    Directory<Device> directory = Shown.directory(device);
    DeviceLinks.remove(Shown.directory(driver), directory);
    entries(directory).forEach(directory::disappeared);
    directory.revokeOwned(owner -> owner instanceof CodeWay<?> way && way.isInto(driver));
    if (directory.type().files() instanceof DeviceFiles all) {
      DeviceFiles known = all.onlyKnown();
      Entry<? super Device> aside = known.find(device, DeviceFiles.ASIDE);
      if (aside != null && known.hasAside(device) && hasAside(known)) {
        directory.disappeared(aside); // with what is below it; the device's own can be opened again
        directory.appeared(aside);
      }
    }
  }

  /// The device has another driver, without having been without one: names that both bring stay.
  void replaceBy(BoundDevice next) {
    if (hasGone()) {
      return;
    }
    Directory<Device> directory = Shown.directory(device);
    DeviceLinks.remove(Shown.directory(driver), directory);
    Shown.directory(next.driver).createLink(device.name(), directory);
    List<Entry<? super Device>> after = next.entries(directory);
    Set<String> names = after.stream().map(Entry::name).collect(Collectors.toSet());
    for (Entry<? super Device> before : entries(directory)) {
      if (next.files.isDynamic(device)) {
        directory.forgotten(before); // it may have that too, when it is asked
      } else if (!names.contains(before.name())) {
        directory.disappeared(before);
      }
    }
    after.forEach(directory::appeared); // clients look again, and know nothing of the old version
  }

  /// Whether the device has gone before its binding, on its way to another driver: its directory
  /// and the links to it with it.
  private boolean hasGone() {
    return device.representation() == null;
  }

  private List<Entry<? super Device>> entries(Directory<Device> directory) {
    return directory.type().files() instanceof DeviceFiles all
        ? all.onlyKnown().ofDriver(device, new Known<>(files))
        : List.of();
  }

  private boolean hasAside(DeviceFiles known) {
    return files.known(device).stream().anyMatch(entry -> known.isTaken(device, entry.name()));
  }
}
