package org.driverfs.export;

import org.driverfs.model.Device;
import org.driverfs.model.Model;
import org.driverfs.tree.Directory;

/// Devices: `root/<path>/`, with links to them from their bus, class and driver.
final class DeviceBinding extends KobjectBinding<Device> {
  private final DeviceTypes types;
  private final Folders folders;

  DeviceBinding(Model model, Directory<?> root, DeviceAttributes common, DriverFiles drivers) {
    super(model);
    this.folders = new Folders(root);
    this.types = new DeviceTypes(model.gate(), this, common, drivers);
  }

  void added(Device device) {
    var type = types.acquire(device);
    boolean isShown = false;
    try {
      folders.put(device, parent -> Shown.createDirectory(parent, device.name(), type, device));
      DeviceLinks.create(device, Shown.directory(device));
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
      DeviceLinks.remove(device, Shown.directory(device));
      Shown.removeDirectory(device);
      folders.prune(above);
    }
    types.release(device);
  }

  void moved(Device device) {
    Directory<Device> directory = Shown.directory(device);
    DeviceLinks.remove(device, directory);
    boolean isMoved = false;
    try {
      folders.move(device, directory, () -> DeviceLinks.create(device, directory));
      isMoved = true;
    } finally {
      if (!isMoved) {
        DeviceLinks.create(device, directory);
      }
    }
  }
}
