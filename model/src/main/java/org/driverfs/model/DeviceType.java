package org.driverfs.model;

import java.util.function.Consumer;

/// What devices of one make have in common.
///
/// @param name the name, which [Driver#ids] refer to
/// @param attributes what each device of this type has
/// @param release runs once for each device, when it is unregistered and its last reference is put
public record DeviceType(
    String name, AttributeSet<Device> attributes, Consumer<? super Device> release) {
  /// Devices that have nothing in particular.
  public static final DeviceType PLAIN = new DeviceType("", AttributeSet.none());

  /// A type whose devices hold nothing that must be released.
  public DeviceType(String name, AttributeSet<Device> attributes) {
    this(name, attributes, _ -> {});
  }

  void released(Device device) {
    try {
      release.accept(device);
    } catch (Throwable t) {
      Gate.LOG.log(System.Logger.Level.WARNING, "release of " + device + " failed", t);
    }
  }
}
