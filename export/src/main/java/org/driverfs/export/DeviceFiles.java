package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Kobject;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// What the directory of a device contains: the files of its type, `name` and `uevent`, the files
/// of its class, links to its bus and its driver, and the files of its driver.
///
/// Where two have a name, the first wins. What that would hide of what every device has, or of the
/// driver, is in `driverfs/`.
///
/// @param typed the files that the type of the device brings
/// @param common the files that every such device has
/// @param own those two, and what the class brings
/// @param driven the files that the driver brings which a device has now
record DeviceFiles(
    FileSet<Device> typed,
    FileSet<Device> common,
    FileSet<Device> own,
    Function<Device, FileSet<Device>> driven)
    implements FileSet<Device> {
  static final String ASIDE = "driverfs";

  static final Entry<Device> DRIVER =
      new Entry.LinkTo<>("driver", device -> bus(device) + "/drivers/" + driver(device));

  private static final Entry<Device> SUBSYSTEM = new Entry.LinkTo<>("subsystem", DeviceFiles::bus);

  /// @param typed the files that the type of the device brings
  /// @param common the files that every such device has
  /// @param classed the files that its class brings
  static DeviceFiles of(
      FileSet<Device> typed, FileSet<Device> common, FileSet<Device> classed, DriverFiles drivers) {
    return new DeviceFiles(
        typed, common, new Layers<>(new Layers<>(typed, common), classed), drivers::of);
  }

  /// The same as far as it is known without running the code of drivers.
  DeviceFiles onlyKnown() {
    return new DeviceFiles(
        new Known<>(typed),
        new Known<>(common),
        new Known<>(own),
        device -> new Known<>(driven.apply(device)));
  }

  @Override
  public List<Entry<? super Device>> list(Device device) {
    List<Entry<? super Device>> all = new ArrayList<>(own.list(device));
    if (device.bus().isPresent() && own.find(device, SUBSYSTEM.name()) == null) {
      all.add(SUBSYSTEM);
    }
    List<Entry<? super Device>> hidden = hidden(device);
    if (!hidden.isEmpty() && own.find(device, ASIDE) == null) {
      all.add(new Entry.Group<>(ASIDE, new Aside(this, FileSet.none())));
    }
    if (device.driver().isPresent()) {
      all.addAll(ofDriver(device, driven.apply(device)));
    }
    return all;
  }

  /// What every device has and this one has of its own.
  private List<Entry<? super Device>> hidden(Device device) {
    List<Entry<? super Device>> hidden = new ArrayList<>();
    for (Entry<? super Device> entry : common.list(device)) {
      if (typed.find(device, entry.name()) != null) {
        hidden.add(entry);
      }
    }
    return hidden;
  }

  /// Whether there is a `driverfs/` without the driver.
  boolean hasAside(Device device) {
    return own.find(device, ASIDE) != null || !hidden(device).isEmpty();
  }

  /// What is here because the device is bound to a driver, apart from what joins a `driverfs/` that
  /// the device has anyway.
  ///
  /// @param files the files of the driver
  List<Entry<? super Device>> ofDriver(Device device, FileSet<Device> files) {
    List<Entry<? super Device>> all = new ArrayList<>();
    if (own.find(device, DRIVER.name()) == null) {
      all.add(DRIVER);
    }
    boolean isAside = false;
    for (Entry<? super Device> entry : files.list(device)) {
      if (isTaken(device, entry.name())) {
        isAside = true;
      } else {
        all.add(entry);
      }
    }
    if (isAside && !hasAside(device)) {
      all.add(new Entry.Group<>(ASIDE, new Aside(this, FileSet.none())));
    }
    return all;
  }

  @Override
  public @Nullable Entry<? super Device> find(Device device, String name) {
    return find(device, name, driven.apply(device));
  }

  /// The driver is looked for once: another one may come at any time.
  @Override
  public @Nullable Entry<? super Device> findFixed(Device device, String name) {
    FileSet<Device> ofDriver = driven.apply(device);
    return own.isDynamic(device) || ofDriver.isDynamic(device)
        ? null
        : find(device, name, ofDriver);
  }

  private @Nullable Entry<? super Device> find(
      Device device, String name, FileSet<Device> ofDriver) {
    Entry<? super Device> entry = own.find(device, name);
    if (name.equals(ASIDE)) {
      return entry == null ? findAside(device, ofDriver) : joined(entry);
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
    return ofDriver.find(device, name);
  }

  @Override
  public boolean isDynamic(Device device) {
    return own.isDynamic(device) || driven.apply(device).isDynamic(device);
  }

  @Override
  public List<Entry<? super Device>> known(Device device) {
    return onlyKnown().list(device);
  }

  @Override
  public @Nullable Entry<? super Device> findKnown(Device device, String name) {
    return onlyKnown().find(device, name);
  }

  /// Whether a file of the driver has to stand aside.
  boolean isTaken(Device device, String name) {
    return name.equals(ASIDE)
        || name.equals(SUBSYSTEM.name())
        || name.equals(DRIVER.name())
        || own.find(device, name) != null;
  }

  /// A `driverfs/` that the device has anyway, with what stands aside.
  private Entry<? super Device> joined(Entry<? super Device> entry) {
    if (entry instanceof Entry.Group<? super Device> group) {
      @SuppressWarnings("unchecked") // a group of entries for any super type serves a device
      FileSet<Device> first = (FileSet<Device>) group.files();
      return new Entry.Group<>(ASIDE, new Aside(this, first));
    }
    return entry;
  }

  private @Nullable Entry<? super Device> findAside(Device device, FileSet<Device> ofDriver) {
    boolean isThere =
        !hidden(device).isEmpty()
            || ofDriver.list(device).stream().anyMatch(it -> isTaken(device, it.name()));
    return isThere ? new Entry.Group<>(ASIDE, new Aside(this, FileSet.none())) : null;
  }

  /// What is in `driverfs/`.
  ///
  /// @param first what the device has there anyway
  private record Aside(DeviceFiles files, FileSet<Device> first) implements FileSet<Device> {
    @Override
    public List<Entry<? super Device>> list(Device device) {
      List<Entry<? super Device>> all = new ArrayList<>(first.list(device));
      for (Entry<? super Device> entry : files.hidden(device)) {
        if (first.find(device, entry.name()) == null) {
          all.add(entry);
        }
      }
      for (Entry<? super Device> entry : files.driven.apply(device).list(device)) {
        if (files.isTaken(device, entry.name()) && first.find(device, entry.name()) == null) {
          all.add(entry);
        }
      }
      return all;
    }

    @Override
    public @Nullable Entry<? super Device> find(Device device, String name) {
      Entry<? super Device> entry = first.find(device, name);
      if (entry != null || !files.isTaken(device, name)) {
        return entry;
      }
      Entry<? super Device> hidden = files.common.find(device, name);
      return hidden == null || files.typed.find(device, name) == null
          ? files.driven.apply(device).find(device, name)
          : hidden;
    }

    @Override
    public boolean isDynamic(Device device) {
      return true;
    }
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
}
