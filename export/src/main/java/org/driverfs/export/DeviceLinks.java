package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Device;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Link;

/// The links that lead to a device: from its bus, its class and its driver.
final class DeviceLinks {
  private DeviceLinks() {}

  /// Creates all links to the directory, or none.
  ///
  /// @throws DriverfsException EEXIST if one of the places has that name
  static void create(Device device, Directory<Device> directory) {
    boolean areThere = false;
    try {
      from(device).forEach(place -> place.createLink(directory.name(), directory));
      areThere = true;
    } finally {
      if (!areThere) {
        remove(device, directory);
      }
    }
  }

  /// Removes those links to the directory that are there.
  static void remove(Device device, Directory<Device> directory) {
    from(device).forEach(place -> remove(place, directory));
  }

  static void remove(Directory<?> place, Directory<Device> directory) {
    place
        .findChild(directory.name())
        .filter(node -> node instanceof Link link && link.target() == directory)
        .ifPresent(place.tree()::remove);
  }

  private static List<Directory<?>> from(Device device) {
    List<Directory<?>> places = new ArrayList<>(3);
    device.bus().ifPresent(it -> places.add(BusBinding.devices(it)));
    device.deviceClass().ifPresent(it -> places.add(Shown.directory(it)));
    device.driver().ifPresent(it -> places.add(Shown.directory(it)));
    return places;
  }
}
