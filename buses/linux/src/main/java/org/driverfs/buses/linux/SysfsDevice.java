package org.driverfs.buses.linux;

import java.util.Optional;

/// What the kernel says about one of its devices by where its links point.
///
/// @param path its directory below /sys/devices
/// @param subsystem the bus or class that it belongs to; a few belong to none
/// @param driver the kernel's driver that is bound to it
record SysfsDevice(String path, Optional<Subsystem> subsystem, Optional<String> driver) {
  /// A bus or a class of the kernel's.
  ///
  /// @param name such as `pci` or `net`
  /// @param isClass does it live below /sys/class?
  record Subsystem(String name, boolean isClass) {
    /// @param target of a `subsystem` link
    static Subsystem ofLink(String target) {
      return new Subsystem(lastName(target), target.contains("/class/"));
    }
  }

  /// Looks at a device; empty if the directory is none, or gone.
  static Optional<SysfsDevice> look(Sysfs sysfs, String path) {
    if (sysfs.look(path + "/uevent").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SysfsDevice(
            path,
            sysfs.readLink(path + "/subsystem").map(Subsystem::ofLink),
            sysfs.readLink(path + "/driver").map(SysfsDevice::lastName)));
  }

  private static String lastName(String target) {
    return target.substring(target.lastIndexOf('/') + 1);
  }
}
