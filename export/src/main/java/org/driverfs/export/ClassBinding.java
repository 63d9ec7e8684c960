package org.driverfs.export;

import org.driverfs.model.DeviceClass;
import org.driverfs.model.Gate;
import org.driverfs.model.Model;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Classes: `class/<class>/`, with a link to each of their devices.
final class ClassBinding extends KobjectBinding<DeviceClass> {
  private final Gate gate;
  private final Directory<?> classes;

  ClassBinding(Model model, Directory<?> root) {
    super(model);
    this.gate = model.gate();
    classes = root.createDirectory("class");
  }

  void added(DeviceClass deviceClass) {
    AttributeFiles.Way<? super DeviceClass> way =
        CodeWay.of(gate, deviceClass.owner().orElse(null));
    var type = new DirectoryType<>(this, AttributeFiles.ofCode(deviceClass.attributes(), way));
    Shown.createDirectory(classes, deviceClass.name(), type, deviceClass);
  }
}
