package org.driverfs.buses.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Refcounted;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.DirectoryEntry;
import org.driverfs.posix.DirectoryEntry.Kind;
import org.driverfs.posix.FileStatus;
import org.driverfs.posix.Names;
import org.driverfs.posix.OpenFlags;

/// The kernel's device tree, /sys/devices, through one descriptor taken at the start. Whatever is
/// mounted or linked later, nothing outside of that tree is reached: every path is resolved beneath
/// the descriptor, over no symbolic link and no mount.
///
/// Paths are relative to /sys/devices; the empty one is that directory itself. Looking around never
/// opens an attribute: to read one may have an effect. Safe for any thread; the descriptor is
/// closed when nobody is using it any more.
final class Sysfs extends Refcounted implements AutoCloseable {
  private final Descriptor devices;

  private Sysfs(Descriptor devices) {
    this.devices = devices;
  }

  /// Holds on to a mounted sysfs.
  ///
  /// @param mountPoint where it is mounted: /sys
  /// @throws DriverfsException with ENOENT or ENOTDIR if there is no `devices` directory
  static Sysfs at(String mountPoint) {
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

  /// One name of a directory.
  ///
  /// @param name without any slash
  /// @param kind what it stands for
  /// @param mode the permissions of a file; 0 for anything else
  record Entry(String name, Kind kind, int mode) {}

  /// The names in a directory with the modes of the files among them; empty if it is gone.
  List<Entry> listWithModes(String path) {
    var entries = new ArrayList<Entry>();
    try (Descriptor directory = open(path, OpenFlags.RDONLY | OpenFlags.DIRECTORY)) {
      DirectoryEntry.read(
          directory,
          entry ->
              modeOf(directory, entry)
                  .ifPresent(mode -> entries.add(new Entry(entry.name(), entry.kind(), mode))));
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
    if (!ref()) {
      throw new DriverfsException(Errno.ENODEV, path, "the kernel's devices are shown no longer");
    }
    try {
      return devices.openBeneath(path.isEmpty() ? "." : path, flags);
    } finally {
      unref();
    }
  }

  /// Refuses to open anything from now on.
  @Override
  public void close() {
    retire();
  }

  @Override
  protected void released() {
    devices.close();
  }

  private static Optional<Integer> modeOf(Descriptor directory, DirectoryEntry entry) {
    if (entry.kind() != Kind.FILE) {
      return Optional.of(0);
    }
    try {
      return Optional.of(FileStatus.of(directory, entry.name()).permissions());
    } catch (DriverfsException e) {
      return unlessGone(e, Optional.empty());
    }
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
