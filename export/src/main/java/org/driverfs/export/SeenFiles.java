package org.driverfs.export;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.driverfs.model.Device;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// Files that a driver is asked for, and of each device those that clients have seen: what they
/// have to forget when the driver loses the device, when it is not asked any more.
///
/// Thread-safe.
final class SeenFiles implements FileSet<Device> {
  private final FileSet<Device> asked;
  private final ConcurrentMap<Device, Map<String, Entry<? super Device>>> seen =
      new ConcurrentHashMap<>();

  SeenFiles(FileSet<Device> asked) {
    this.asked = asked;
  }

  @Override
  public List<? extends Entry<? super Device>> list(Device device) {
    List<? extends Entry<? super Device>> all = asked.list(device);
    all.forEach(entry -> see(device, entry));
    return all;
  }

  @Override
  public @Nullable Entry<? super Device> find(Device device, String name) {
    Entry<? super Device> found = asked.find(device, name);
    if (found != null) {
      see(device, found);
    }
    return found;
  }

  private void see(Device device, Entry<? super Device> entry) {
    seen.computeIfAbsent(device, _ -> new ConcurrentHashMap<>()).put(entry.name(), entry);
  }

  /// The driver has lost a device, and clients know nothing of it any more.
  void forget(Device device) {
    seen.remove(device);
  }

  @Override
  public boolean isDynamic(Device device) {
    return true;
  }

  @Override
  public List<? extends Entry<? super Device>> known(Device device) {
    return List.copyOf(seen.getOrDefault(device, Map.of()).values());
  }

  @Override
  public @Nullable Entry<? super Device> findKnown(Device device, String name) {
    return seen.getOrDefault(device, Map.of()).get(name);
  }
}
