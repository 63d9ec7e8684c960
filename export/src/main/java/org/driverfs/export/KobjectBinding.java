package org.driverfs.export;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.model.ModelHost;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.Subsystem;

/// What the bindings share: the directory of an object, and files that are made for one object
/// alone (the `common_create_file` and `common_remove_file` of July 2002).
///
/// @param <T> the kind of object
abstract class KobjectBinding<T extends Kobject> implements Subsystem<T> {
  private final ModelHost host;

  KobjectBinding(Model model) {
    this.host = model.host();
  }

  @Override
  public boolean get(T object) {
    return host.get(object);
  }

  @Override
  public void put(T object) {
    host.put(object);
  }

  /// Makes a file for an attribute that this object has, and others of its kind have not.
  ///
  /// @throws DriverfsException EEXIST; ENODEV if the object is not registered; EINVAL for a group
  ///   or link
  final void createFile(T object, Attribute<? super T> attribute) {
    withReference(
        object,
        () -> {
          if (!(AttributeFiles.<T>entry(attribute, way(object)) instanceof FileEntry<T> file)) {
            throw new DriverfsException(
                Errno.EINVAL, attribute.name(), "is a group or link; only a file can be made so");
          }
          Shown.directory(object).createFile(file);
        });
  }

  /// Removes a file that was made so. Those who have it open get ENODEV from then on.
  ///
  /// @throws DriverfsException ENOENT if there is none; ENODEV if the object is not registered
  final void removeFile(T object, Attribute<? super T> attribute) {
    withReference(object, () -> Shown.directory(object).remove(attribute.name()));
  }

  /// How a file that is made so gets into the code of its attribute.
  AttributeFiles.Way<? super T> way(T object) {
    return AttributeFiles.Way.STRAIGHT;
  }

  private void withReference(T object, Runnable action) {
    if (!get(object)) {
      throw new DriverfsException(Errno.ENODEV, object.toString(), "is not registered");
    }
    try {
      action.run();
    } finally {
      put(object);
    }
  }
}
