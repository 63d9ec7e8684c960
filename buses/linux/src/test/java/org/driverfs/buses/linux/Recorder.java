package org.driverfs.buses.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.ModelObserver;

/// Knows what is registered with a model, and what changed in it.
final class Recorder implements ModelObserver {
  private final Set<Kobject> objects = ConcurrentHashMap.newKeySet();
  private final ConcurrentMap<String, Integer> changes = new ConcurrentHashMap<>();

  private volatile Consumer<Kobject> whenAdded = _ -> {};

  /// Does something more, in the thread that registers an object.
  void whenAdded(Consumer<Kobject> action) {
    whenAdded = action;
  }

  /// The paths of all devices.
  Set<String> paths() {
    return devices().map(Device::path).collect(Collectors.toCollection(TreeSet::new));
  }

  /// All devices.
  Stream<Device> devices() {
    return objects.stream().filter(Device.class::isInstance).map(Device.class::cast);
  }

  /// Those devices that nobody else makes or removes meanwhile, as each mount does one of its own.
  Stream<Device> lastingDevices() {
    return devices().filter(device -> !device.path().startsWith("virtual/bdi/0:"));
  }

  /// The device at a path.
  Device device(String path) {
    return devices()
        .filter(device -> device.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no device " + path));
  }

  /// All that is registered.
  Set<Kobject> objects() {
    return objects;
  }

  /// How often an attribute was said to have changed.
  int changes(String path) {
    return changes.getOrDefault(path, 0);
  }

  /// The devices that a sysfs shows, found without the code under test.
  static Set<String> kernel(Path sys) {
    Path devices = sys.resolve("devices");
    try (Stream<Path> walk = Files.walk(devices)) {
      return walk.filter(path -> path.endsWith("uevent"))
          .map(path -> devices.relativize(path.getParent()).toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void added(Kobject object) {
    objects.add(object);
    whenAdded.accept(object);
  }

  @Override
  public void removed(Kobject object) {
    objects.remove(object);
  }

  @Override
  public void moved(Device device) {}

  @Override
  public void bound(Device device, Driver driver) {}

  @Override
  public void unbound(Device device, Driver driver) {}

  @Override
  public void changed(Kobject object, String attribute) {
    changes.merge(((Device) object).path() + "/" + attribute, 1, Integer::sum);
  }
}
