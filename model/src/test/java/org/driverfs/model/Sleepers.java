package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A driver of devices that sleep when nobody uses them. It notes what it hears, and whatever must
/// not happen: a callback without a probe, twice the same, or a device that is awake while what it
/// needs is not.
final class Sleepers implements Driver.Callbacks, RuntimePower {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final Set<String> wrongs = ConcurrentHashMap.newKeySet();

  /// What it refuses, in the words of [#calls].
  final Set<String> refused = ConcurrentHashMap.newKeySet();

  /// What else it does in its callbacks, in the words of [#calls].
  final Map<String, Consumer<Device>> does = new ConcurrentHashMap<>();

  /// Whether each device that has been probed and not removed is awake.
  final Map<Device, Boolean> isAwake = new ConcurrentHashMap<>();

  Driver driver(World world, Bus bus, String name) {
    return world.track(
        Driver.builder(name, bus, this).ids(World.TYPE.name()).runtimePower(this).build());
  }

  private void hear(Device device, String what) {
    String call = what + " " + device.name();
    if (refused.contains(call)) {
      throw new DriverfsException(Errno.EIO, device.path(), "does not " + what);
    }
    does.getOrDefault(call, _ -> {}).accept(device);
    calls.add(call);
  }

  private void expect(Device device, String what, boolean isRight) {
    if (!isRight) {
      wrongs.add(what + " " + device.name());
    }
  }

  @Override
  public void probe(Device device, Context context) {
    hear(device, "probe");
    expect(device, "probed twice", isAwake.put(device, true) == null);
    expectNeedsAwake(device, "probed");
  }

  @Override
  public void remove(Device device) {
    hear(device, "remove");
    expect(device, "removed without a probe", isAwake.remove(device) != null);
  }

  @Override
  public void suspend(Device device) {
    hear(device, "suspend");
    expect(device, "suspended twice, or without a probe", isAwake.replace(device, true, false));
    for (Map.Entry<Device, Boolean> other : isAwake.entrySet()) {
      expect(
          device,
          "suspended while " + other.getKey().name() + " is awake and needs",
          !(other.getValue() && other.getKey().needed().contains(device)));
    }
  }

  @Override
  public void resume(Device device) {
    hear(device, "resume");
    expectNeedsAwake(device, "resumed");
    expect(device, "resumed twice, or without a probe", isAwake.replace(device, false, true));
  }

  private void expectNeedsAwake(Device device, String what) {
    for (Device needed : device.needed()) {
      expect(device, what + " before " + needed.name(), !Boolean.FALSE.equals(isAwake.get(needed)));
    }
  }

  /// What it has heard since it was asked last.
  List<String> heard() {
    List<String> heard = List.copyOf(calls);
    calls.clear();
    return heard;
  }

  void assertNothingWrong() {
    assertThat(wrongs).isEmpty();
  }
}
