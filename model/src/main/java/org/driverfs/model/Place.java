package org.driverfs.model;

import org.jspecify.annotations.Nullable;

/// Where a device is and what it is called there. Two devices never have the same.
///
/// @param parent null at the top
/// @param folder plain directories between the parent and the device, with slashes between
/// @param name the name of the device
record Place(@Nullable Device parent, String folder, String name) {
  static Place of(Device device) {
    return new Place(device.parent().orElse(null), device.folder(), device.name());
  }
}
