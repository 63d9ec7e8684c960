package org.driverfs.buses.linux;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.RawAttribute;
import org.driverfs.posix.DirectoryEntry.Kind;
import org.jspecify.annotations.Nullable;

/// A directory of the kernel's as a set of attributes, looked at when somebody asks: its files pass
/// through with their modes, its directories are groups, and links are kept that stay within
/// /sys/devices, since they lead to the same place in a tree with the same paths. A directory that
/// is a device, or has one below, is left out: it has a place of its own.
///
/// @param sysfs where it is
/// @param poller watches what is polled
/// @param below its path from the device's directory: empty, or names with a slash before each
record KernelDirectory(Sysfs sysfs, KernelPoller poller, String below)
    implements AttributeSet<Device> {
  @Override
  public List<Attribute<Device>> list(Device device) {
    String path = path(device);
    return sysfs.listWithModes(path).stream()
        .flatMap(entry -> attribute(path, entry.name(), entry.kind(), entry.mode()))
        .toList();
  }

  @Override
  public @Nullable Attribute<Device> find(Device device, String name) {
    String path = path(device);
    Optional<Attribute<Device>> found =
        sysfs
            .look(path + "/" + name)
            .flatMap(status -> {
              Kind kind =
                  status.isDirectory()
                      ? Kind.DIRECTORY
                      : status.isSymbolicLink() ? Kind.LINK : Kind.FILE;
              return attribute(path, name, kind, status.permissions()).findFirst();
            });
    return found.orElse(null);
  }

  private Stream<Attribute<Device>> attribute(String path, String name, Kind kind, int mode) {
    return switch (kind) {
      case FILE -> Stream.of(file(name, mode));
      case DIRECTORY ->
          new SysfsScan(sysfs).holdsDevices(path + "/" + name)
              ? Stream.empty()
              : Stream.of(new Attribute.Group<>(name, directory(name)));
      case LINK ->
          sysfs.readLink(path + "/" + name).stream()
              .filter(target -> staysWithin(path, target))
              .map(target -> new Attribute.LinkTo<>(name, _ -> target));
      case OTHER -> Stream.empty();
    };
  }

  private RawAttribute<Device> file(String name, int mode) {
    return new RawAttribute<>(
        name,
        mode,
        (device, reads, writes, caller) ->
            KernelFile.open(sysfs, poller, path(device) + "/" + name, reads, writes, caller));
  }

  private KernelDirectory directory(String name) {
    return new KernelDirectory(sysfs, poller, below + "/" + name);
  }

  private String path(Device device) {
    return device.path() + below;
  }

  /// Does a relative link lead to somewhere below /sys/devices?
  ///
  /// @param directory where the link is
  static boolean staysWithin(String directory, String target) {
    int depth = directory.split("/", -1).length;
    for (String name : target.split("/", -1)) {
      depth += name.equals("..") ? -1 : 1;
      if (depth < 0) {
        return false;
      }
    }
    return !target.startsWith("/");
  }
}
