package org.driverfs.buses.linux;

import java.util.List;
import java.util.Optional;
import org.driverfs.posix.DirectoryEntry;
import org.driverfs.posix.DirectoryEntry.Kind;

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
    List<DirectoryEntry> listed = sysfs.list(path);
    return SysfsScan.isDevice(listed) ? Optional.of(of(sysfs, path, listed)) : Optional.empty();
  }

  /// Reads the links of a device whose directory was listed; those that are not there cost nothing.
  static SysfsDevice of(Sysfs sysfs, String path, List<DirectoryEntry> listed) {
    return new SysfsDevice(
        path,
        target(sysfs, path, "subsystem", listed).map(Subsystem::ofLink),
        target(sysfs, path, "driver", listed).map(SysfsDevice::lastName));
  }

  private static Optional<String> target(
      Sysfs sysfs, String path, String link, List<DirectoryEntry> listed) {
    return listed.contains(new DirectoryEntry(link, Kind.LINK))
        ? sysfs.readLink(path + "/" + link)
        : Optional.empty();
  }

  private static String lastName(String target) {
    return target.substring(target.lastIndexOf('/') + 1);
  }
}
