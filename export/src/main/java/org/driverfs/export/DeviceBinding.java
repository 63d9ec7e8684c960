package org.driverfs.export;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.jspecify.annotations.Nullable;

/// Devices: `root/<path>/`, with links to them from their bus, class and driver.
final class DeviceBinding extends KobjectBinding<Device> {
  private record Make(DeviceType type, @Nullable DeviceClass deviceClass) {}

  private final Map<Make, DirectoryType<Device>> types = new ConcurrentHashMap<>();
  private final Folders folders;
  private final DriverFiles drivers;

  DeviceBinding(Directory<?> root, DriverFiles drivers) {
    this.folders = new Folders(root);
    this.drivers = drivers;
  }

  void added(Device device) {
    var type =
        types.computeIfAbsent(
            new Make(device.type(), device.deviceClass().orElse(null)), this::type);
    put(device, parent -> createDirectory(parent, device.name(), type, device));
    try {
      DeviceLinks.create(device, directory(device));
    } catch (DriverfsException e) {
      removed(device);
      throw e;
    }
  }

  void removed(Device device) {
    var above = directory(device).parent();
    DeviceLinks.remove(device, directory(device));
    removeDirectory(device);
    folders.prune(above);
  }

  void moved(Device device) {
    Directory<Device> directory = directory(device);
    var above = directory.parent();
    DeviceLinks.remove(device, directory);
    put(device, parent -> directory.moveTo(parent, device.name()));
    DeviceLinks.create(device, directory);
    folders.prune(above);
  }

  private void put(Device device, Function<Directory<?>, Directory<Device>> put) {
    var parent = device.parent().map(KobjectBinding::directory).orElse(null);
    folders.put(parent, device.folder(), put);
  }

  private DirectoryType<Device> type(Make make) {
    AttributeSet<Device> classed =
        make.deviceClass() == null ? AttributeSet.none() : make.deviceClass().deviceAttributes();
    return new DirectoryType<>(
        this,
        DeviceFiles.of(
            AttributeFiles.of(make.type().attributes()), AttributeFiles.of(classed), drivers));
  }
}
