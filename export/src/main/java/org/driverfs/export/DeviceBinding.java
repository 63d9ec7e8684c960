package org.driverfs.export;

import org.driverfs.model.Device;
import org.driverfs.tree.Directory;
import org.jspecify.annotations.Nullable;

/// Devices: `root/<path>/`, with links to them from their bus, class and driver.
final class DeviceBinding extends KobjectBinding<Device> {
  private final DeviceTypes types;
  private final Folders folders;

  DeviceBinding(Directory<?> root, DriverFiles drivers) {
    this.folders = new Folders(root);
    this.types = new DeviceTypes(this, drivers);
  }

  void added(Device device) {
    var type = types.acquire(device);
    boolean isShown = false;
    try {
      folders.put(
          above(device),
          device.folder(),
          parent -> createDirectory(parent, device.name(), type, device));
      DeviceLinks.create(device, directory(device));
      isShown = true;
    } finally {
      if (!isShown) {
        removed(device);
      }
    }
  }

  void removed(Device device) {
    if (device.representation() instanceof Directory<?> shown) {
      var above = shown.parent();
      DeviceLinks.remove(device, directory(device));
      removeDirectory(device);
      folders.prune(above);
    }
    types.release(device);
  }

  void moved(Device device) {
    Directory<Device> directory = directory(device);
    DeviceLinks.remove(device, directory);
    boolean isMoved = false;
    try {
      folders.move(directory, device, above(device), () -> DeviceLinks.create(device, directory));
      isMoved = true;
    } finally {
      if (!isMoved) {
        DeviceLinks.create(device, directory);
      }
    }
  }

  private static @Nullable Directory<?> above(Device device) {
    return device.parent().map(KobjectBinding::directory).orElse(null);
  }
}
