package org.driverfs.buses.linux;

import java.util.List;
import java.util.function.Consumer;
import org.driverfs.posix.DirectoryEntry;
import org.driverfs.posix.DirectoryEntry.Kind;

/// A walk over the kernel's directories that tells the three kinds apart: a directory with a
/// `uevent` file is a device; one without that has devices somewhere below is a plain folder; any
/// other is a group of attributes.
final class SysfsScan {
  private final Sysfs sysfs;

  SysfsScan(Sysfs sysfs) {
    this.sysfs = sysfs;
  }

  /// Finds every device at or below a path, those above before those below; what is gone before it
  /// is reached is left out. The tree is never in memory as a whole.
  ///
  /// @param path where to start; the empty one is the top
  /// @param consumer takes each device
  void devices(String path, Consumer<SysfsDevice> consumer) {
    List<DirectoryEntry> entries = sysfs.list(path);
    if (isDevice(entries)) {
      consumer.accept(SysfsDevice.of(sysfs, path, entries));
    }
    for (DirectoryEntry entry : entries) {
      if (entry.kind() == Kind.DIRECTORY) {
        devices(path.isEmpty() ? entry.name() : path + "/" + entry.name(), consumer);
      }
    }
  }

  /// Is this a device?
  static boolean isDevice(List<DirectoryEntry> directory) {
    return directory.contains(new DirectoryEntry("uevent", Kind.FILE));
  }

  /// Is this a device, or is there one below?
  boolean holdsDevices(String path) {
    List<DirectoryEntry> entries = sysfs.list(path);
    return isDevice(entries)
        || entries.stream()
            .anyMatch(e -> e.kind() == Kind.DIRECTORY && holdsDevices(path + "/" + e.name()));
  }
}
