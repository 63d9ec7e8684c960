package org.driverfs.export;

import org.driverfs.model.DeviceClass;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Classes: `class/<class>/`, with a link to each of their devices.
final class ClassBinding extends KobjectBinding<DeviceClass> {
  private final Directory<?> classes;

  ClassBinding(Directory<?> root) {
    classes = root.createDirectory("class");
  }

  void added(DeviceClass deviceClass) {
    var type = new DirectoryType<>(this, AttributeFiles.of(deviceClass.attributes()));
    Shown.createDirectory(classes, deviceClass.name(), type, deviceClass);
  }
}
