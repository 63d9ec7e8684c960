package org.driverfs.export;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Gate;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;

/// What the directories of devices of one type and class have in common: kept as long as there are
/// such devices, and no longer, because a type may belong to a module.
///
/// Thread-safe.
final class DeviceTypes {
  private record Make(DeviceType type, @Nullable DeviceClass deviceClass, boolean isOnBus) {
    /// The very same type: what it is made of may be code of a module, down to its `equals`.
    @Override
    @SuppressWarnings("ReferenceEquality")
    public boolean equals(@Nullable Object other) {
      return other instanceof Make make
          && make.type == type
          && make.deviceClass == deviceClass
          && make.isOnBus == isOnBus;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(type) + (isOnBus ? 1 : 0);
    }

    static Make of(Device device) {
      return new Make(device.type(), device.deviceClass().orElse(null), device.bus().isPresent());
    }
  }

  private record Shared(DirectoryType<Device> type, int devices) {}

  private final ConcurrentMap<Make, Shared> types = new ConcurrentHashMap<>();
  private final Gate gate;
  private final Subsystem<Device> subsystem;
  private final DriverFiles drivers;
  private final FileSet<Device> ofAll;
  private final FileSet<Device> onBus;

  DeviceTypes(
      Gate gate, Subsystem<Device> subsystem, DeviceAttributes common, DriverFiles drivers) {
    this.gate = gate;
    this.subsystem = subsystem;
    this.drivers = drivers;
    this.ofAll = AttributeFiles.of(common.ofAll());
    this.onBus = AttributeFiles.of(common.onBus());
  }

  /// The type for one more device; [#release] is the other half.
  @SuppressWarnings("NullAway") // compute gives what its function gives
  DirectoryType<Device> acquire(Device device) {
    return types
        .compute(
            Make.of(device),
            (make, there) ->
                there == null
                    ? new Shared(type(make), 1)
                    : new Shared(there.type(), there.devices() + 1))
        .type();
  }

  void release(Device device) {
    types.computeIfPresent(
        Make.of(device),
        (_, there) -> there.devices() == 1 ? null : new Shared(there.type(), there.devices() - 1));
  }

  int size() {
    return types.size();
  }

  private DirectoryType<Device> type(Make make) {
    DeviceType type = make.type();
    return new DirectoryType<>(
        subsystem,
        DeviceFiles.of(
            AttributeFiles.ofCode(type.attributes(), CodeWay.of(gate, type.owner())),
            make.isOnBus() ? onBus : ofAll,
            classed(make.deviceClass()),
            drivers));
  }

  private FileSet<Device> classed(@Nullable DeviceClass of) {
    return of == null
        ? FileSet.none()
        : AttributeFiles.ofCode(of.deviceAttributes(), CodeWay.of(gate, of.owner().orElse(null)));
  }
}
