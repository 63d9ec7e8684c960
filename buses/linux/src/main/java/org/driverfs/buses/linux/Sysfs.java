package org.driverfs.buses.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.DirectoryEntry;
import org.driverfs.posix.FileStatus;
import org.driverfs.posix.Names;
import org.driverfs.posix.OpenFlags;

/// The kernel's device tree, /sys/devices, through one descriptor taken at the start. Whatever is
/// mounted or linked later, nothing outside of that tree is reached: every path is resolved beneath
/// the descriptor, over no symbolic link and no mount.
///
/// Paths are relative to /sys/devices; the empty one is that directory itself. Looking around never
/// opens an attribute: to read one may have an effect. Safe for any thread.
public final class Sysfs implements AutoCloseable {
  private final Descriptor devices;

  private Sysfs(Descriptor devices) {
    this.devices = devices;
  }

  /// Holds on to a mounted sysfs.
  ///
  /// @param mountPoint where it is mounted: /sys
  /// @throws DriverfsException with ENOENT or ENOTDIR if there is no `devices` directory
  public static Sysfs at(String mountPoint) {
    int flags = OpenFlags.PATH | OpenFlags.DIRECTORY;
    return new Sysfs(Descriptor.open(mountPoint + "/devices", flags));
  }

  /// The names in a directory with what they are; empty if it is gone, or no directory.
  List<DirectoryEntry> list(String path) {
    var entries = new ArrayList<DirectoryEntry>();
    try (Descriptor directory = open(path, OpenFlags.RDONLY | OpenFlags.DIRECTORY)) {
      DirectoryEntry.read(directory, entries::add);
      return entries;
    } catch (DriverfsException e) {
      return unlessGone(e, List.of());
    }
  }

  /// What a name stands for and its permissions; empty if there is none.
  Optional<FileStatus> look(String path) {
    try (Descriptor parent = openParent(path)) {
      return Optional.of(FileStatus.of(parent, lastName(path)));
    } catch (DriverfsException e) {
      return unlessGone(e, Optional.empty());
    }
  }

  /// Where a symbolic link points, as it stands there; empty if there is no such link.
  Optional<String> readLink(String path) {
    try (Descriptor parent = openParent(path)) {
      return Optional.of(Names.readLink(parent, lastName(path)));
    } catch (DriverfsException e) {
      return unlessGone(e, Optional.empty());
    }
  }

  /// Opens an attribute or a directory.
  ///
  /// @param flags of [OpenFlags]
  /// @throws DriverfsException with the kernel's error; ELOOP for a symbolic link
  Descriptor open(String path, int flags) {
    return devices.openBeneath(path.isEmpty() ? "." : path, flags);
  }

  @Override
  public void close() {
    devices.close();
  }

  private Descriptor openParent(String path) {
    int slash = path.lastIndexOf('/');
    return open(slash < 0 ? "" : path.substring(0, slash), OpenFlags.PATH | OpenFlags.DIRECTORY);
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static <T> T unlessGone(DriverfsException e, T answer) {
    if (e.errno() == Errno.ENOENT
        || e.errno() == Errno.ENOTDIR
        || e.errno() == Errno.ELOOP
        || e.errno() == Errno.ENODEV
        || e.errno() == Errno.EINVAL) {
      return answer;
    }
    throw e;
  }
}
