package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Kobject;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// What the directory of a device contains: the files of its type, `name` and `uevent`, the files
/// of its class, links to its bus and its driver, and the files of its driver.
///
/// Where two have a name, the first wins. What that would hide of the driver is in `driverfs/`.
record DeviceFiles(FileSet<Device> own, DriverFiles drivers) implements FileSet<Device> {
  private static final String HIDDEN = "driverfs";

  static final Entry<Device> DRIVER =
      new Entry.LinkTo<>("driver", device -> bus(device) + "/drivers/" + driver(device));

  private static final Entry<Device> SUBSYSTEM = new Entry.LinkTo<>("subsystem", DeviceFiles::bus);

  private static final FileSet<Device> COMMON =
      AttributeFiles.of(
          AttributeSet.of(
              List.of(
                  Attribute.readOnly("name", Device::name),
                  Attribute.readOnly("uevent", DeviceFiles::uevent))));

  /// @param typed the files that the type of the device brings
  /// @param classed the files that its class brings
  static DeviceFiles of(FileSet<Device> typed, FileSet<Device> classed, DriverFiles drivers) {
    return new DeviceFiles(new Layers<>(new Layers<>(typed, COMMON), classed), drivers);
  }

  @Override
  public List<Entry<? super Device>> list(Device device) {
    List<Entry<? super Device>> all = new ArrayList<>(own.list(device));
    device.bus().ifPresent(_ -> all.add(SUBSYSTEM));
    device.driver().ifPresent(_ -> all.add(DRIVER));
    boolean hides = false;
    for (Entry<? super Device> entry : drivers.of(device).list(device)) {
      if (own.find(device, entry.name()) == null) {
        all.add(entry);
      } else {
        hides = true;
      }
    }
    if (hides && own.find(device, HIDDEN) == null) {
      all.add(new Entry.Group<>(HIDDEN, hidden(FileSet.none())));
    }
    return all;
  }

  @Override
  public @Nullable Entry<? super Device> find(Device device, String name) {
    Entry<? super Device> entry = own.find(device, name);
    if (name.equals(HIDDEN)) {
      return findHidden(device, entry);
    }
    if (entry != null) {
      return entry;
    }
    if (name.equals(SUBSYSTEM.name())) {
      return device.bus().isPresent() ? SUBSYSTEM : null;
    }
    if (name.equals(DRIVER.name())) {
      return device.driver().isPresent() ? DRIVER : null;
    }
    return drivers.of(device).find(device, name);
  }

  @Override
  public boolean isDynamic() {
    return own.isDynamic();
  }

  private @Nullable Entry<? super Device> findHidden(
      Device device, @Nullable Entry<? super Device> entry) {
    if (entry instanceof Entry.Group<? super Device> group) {
      @SuppressWarnings("unchecked") // a group of entries for any super type serves a device
      FileSet<Device> first = (FileSet<Device>) group.files();
      return new Entry.Group<>(HIDDEN, hidden(first));
    }
    FileSet<Device> hidden = hidden(FileSet.none());
    return hidden.list(device).isEmpty() ? entry : new Entry.Group<>(HIDDEN, hidden);
  }

  private FileSet<Device> hidden(FileSet<Device> first) {
    return new Layers<>(
        first,
        new FileSet<>() {
          @Override
          public List<? extends Entry<? super Device>> list(Device device) {
            return drivers.of(device).list(device).stream()
                .filter(entry -> own.find(device, entry.name()) != null)
                .toList();
          }

          @Override
          public @Nullable Entry<? super Device> find(Device device, String name) {
            return own.find(device, name) == null ? null : drivers.of(device).find(device, name);
          }

          @Override
          public boolean isDynamic() {
            return true;
          }
        });
  }

  private static String bus(Device device) {
    String up = "../".repeat(2 + (int) device.path().chars().filter(c -> c == '/').count());
    return up + "bus/" + device.bus().map(Kobject::name).orElse("");
  }

  private static String driver(Device device) {
    return device
        .driver()
        .map(Kobject::name)
        .orElseThrow(
            () -> new DriverfsException(Errno.ENOENT, device.path(), "has no driver any more"));
  }

  private static String uevent(Device device) {
    List<String> lines = new ArrayList<>();
    if (!device.type().name().isEmpty()) {
      lines.add("DEVTYPE=" + device.type().name());
    }
    device.driver().ifPresent(driver -> lines.add("DRIVER=" + driver.name()));
    return String.join("\n", lines);
  }
}
