package org.driverfs.buses.linux;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.Event;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// Keeps the model's devices equal to the kernel's.
///
/// Every step looks at what the kernel has now rather than trusting what an event said, and does
/// nothing that was done before. So it does not matter that events overlap with a scan: what the
/// scan saw already is known when its `add` comes, and what is gone again is not made. The queue of
/// events holds whatever changes after the kernel was looked at, so in the end both are equal.
///
/// Devices without a subsystem send no events. They come with the devices around them, and go with
/// them.
///
/// Not thread-safe: one thread at a time.
final class DeviceMirror {
  private static final System.Logger LOG = System.getLogger(DeviceMirror.class.getName());

  private final Model model;
  private final Sysfs sysfs;
  private final Subsystems subsystems;
  private final NavigableMap<String, Device> devices = new TreeMap<>();

  DeviceMirror(Model model, Sysfs sysfs, Subsystems subsystems) {
    this.model = model;
    this.sysfs = sysfs;
    this.subsystems = subsystems;
  }

  /// How many devices are mirrored.
  int size() {
    return devices.size();
  }

  /// Makes the model equal to the kernel, whatever it was before: what is gone goes first, so that
  /// its names are free.
  void reconcile() {
    for (String path : List.copyOf(devices.descendingKeySet())) {
      Device device = devices.get(path);
      if (device != null && !isStill(device)) {
        remove(path);
      }
    }
    new SysfsScan(sysfs).devices("", this::add);
  }

  /// Follows one event.
  void apply(Uevent uevent) {
    String path = uevent.device().orElse(null);
    if (path == null) {
      return;
    }
    switch (uevent.action()) {
      case ADD -> new SysfsScan(sysfs).devices(path, this::add);
      case REMOVE -> removeWithSilentParents(path);
      case MOVE -> move(uevent.movedFrom().orElse(path), path);
      case BIND, UNBIND -> {
        new SysfsScan(sysfs).devices(path, this::add);
        find(path).ifPresent(device -> model.changed(device, MirrorAttributes.KERNEL_DRIVER));
      }
      case CHANGE -> publish(path, Event.Action.CHANGE, uevent);
      case ONLINE -> publish(path, Event.Action.ONLINE, uevent);
      case OFFLINE -> publish(path, Event.Action.OFFLINE, uevent);
    }
  }

  /// Unregisters every device.
  void clear() {
    List.copyOf(devices.descendingKeySet()).forEach(this::unregister);
  }

  private Optional<Device> find(String path) {
    return Optional.ofNullable(devices.get(path));
  }

  private void publish(String path, Event.Action action, Uevent uevent) {
    find(path)
        .or(() -> Optional.ofNullable(require(path)))
        .ifPresent(device -> model.publish(device, action, uevent.properties()));
  }

  /// The device at a path, made if the kernel has one there; null if it has none.
  private @Nullable Device require(String path) {
    Device known = devices.get(path);
    if (known == null) {
      SysfsDevice.look(sysfs, path).ifPresent(this::add);
      known = devices.get(path);
    }
    return known;
  }

  /// A device that turns out to be where a plain folder was thought to be, or to be another one,
  /// adopts what is below.
  private void add(SysfsDevice seen) {
    Device known = devices.get(seen.path());
    if (known != null && isSame(known, seen)) {
      return;
    }
    boolean adopts = !below(seen.path()).isEmpty();
    remove(seen.path());
    register(seen);
    if (adopts) {
      new SysfsScan(sysfs).devices(seen.path(), this::add);
    }
  }

  private void register(SysfsDevice seen) {
    Device parent = requireParent(seen.path());
    Bus bus = seen.subsystem().map(s -> subsystems.bus(s.name())).orElse(null);
    DeviceClass deviceClass = seen.subsystem().flatMap(subsystems::deviceClass).orElse(null);
    Device device =
        Device.builder(lastName(seen.path()))
            .parent(parent)
            .folder(folder(parent, seen.path()))
            .bus(bus)
            .deviceClass(deviceClass)
            .type(subsystems.type(seen.subsystem()))
            .build();
    makeWay(bus, device.name());
    if (succeeds(() -> model.register(device))) {
      devices.put(seen.path(), device);
    }
  }

  private void move(String from, String to) {
    Device device = devices.get(from);
    if (device == null || devices.containsKey(to)) {
      removeWithSilentParents(from);
      new SysfsScan(sysfs).devices(to, this::add);
      return;
    }
    Device parent = requireParent(to);
    makeWay(device.bus().orElse(null), lastName(to));
    if (succeeds(() -> model.move(device, parent, folder(parent, to), lastName(to)))) {
      rekey(from, to);
    } else {
      remove(from);
      new SysfsScan(sysfs).devices(to, this::add);
    }
  }

  private void rekey(String from, String to) {
    NavigableMap<String, Device> below = below(from);
    var moved = new TreeMap<>(below);
    below.clear();
    moved.forEach((path, device) -> devices.put(to + path.substring(from.length()), device));
    Device device = devices.remove(from);
    if (device != null) {
      devices.put(to, device);
    }
  }

  private void removeWithSilentParents(String path) {
    Device above = find(path).flatMap(Device::parent).orElse(null);
    remove(path);
    while (above != null && above.bus().isEmpty() && !isStill(above)) {
      Device next = above.parent().orElse(null);
      remove(above.path());
      above = next;
    }
  }

  private void remove(String path) {
    List.copyOf(below(path).descendingKeySet()).forEach(this::unregister);
    unregister(path);
  }

  private void unregister(String path) {
    Device device = devices.remove(path);
    if (device != null) {
      succeeds(() -> model.removeNow(device));
    }
  }

  /// Removes a device that is in the way of another one with its name, if the kernel has moved or
  /// removed it: the event that tells so is still to come, or was lost.
  private void makeWay(@Nullable Bus bus, String name) {
    Device other = bus == null ? null : bus.findDevice(name).orElse(null);
    if (other != null && devices.get(other.path()) == other && !isStill(other)) {
      remove(other.path());
    }
  }

  /// The nearest device above, made if the kernel has one that is not known yet. A directory that
  /// was a plain folder for others is not looked at again.
  private @Nullable Device requireParent(String path) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      String directory = path.substring(0, slash);
      boolean isFolder = !devices.containsKey(directory) && !below(directory).isEmpty();
      Device above = isFolder ? null : require(directory);
      if (above != null) {
        return above;
      }
    }
    return null;
  }

  private boolean isStill(Device device) {
    return SysfsDevice.look(sysfs, device.path()).filter(seen -> isSame(device, seen)).isPresent();
  }

  private static boolean isSame(Device device, SysfsDevice seen) {
    return device.type().name().equals(seen.subsystem().map(s -> s.name()).orElse(""))
        && device.deviceClass().isPresent() == seen.subsystem().map(s -> s.isClass()).orElse(false);
  }

  private NavigableMap<String, Device> below(String path) {
    return devices.subMap(path + "/", true, path + (char) ('/' + 1), false);
  }

  private static boolean succeeds(Runnable change) {
    try {
      change.run();
      return true;
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, "the kernel's devices and ours differ: " + e.getMessage());
      return false;
    }
  }

  private static String folder(@Nullable Device parent, String path) {
    int start = parent == null ? 0 : parent.path().length() + 1;
    return path.substring(start, Math.max(start, path.lastIndexOf('/')));
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
