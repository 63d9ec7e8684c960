package org.driverfs.buses.linux;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One event of the kernel: something happened to one of its objects (kobject_uevent in the
/// kernel's lib/kobject_uevent.c).
///
/// @param action what happened
/// @param path the object's directory below /sys, starting with a slash
/// @param properties all of the event's keys and values, in the kernel's order
record Uevent(Action action, String path, Map<String, String> properties) {
  private static final String DEVICES = "/devices/";

  /// What may happen.
  enum Action {
    ADD,
    REMOVE,
    CHANGE,
    MOVE,
    ONLINE,
    OFFLINE,
    BIND,
    UNBIND;

    /// The action of the kernel's name for it, such as `add`.
    static Optional<Action> of(String name) {
      for (Action action : values()) {
        if (action.name().toLowerCase(Locale.ROOT).equals(name)) {
          return Optional.of(action);
        }
      }
      return Optional.empty();
    }
  }

  Uevent {
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
  }

  /// The number that the kernel gave it; every event of the machine has one of its own.
  long sequence() {
    return Long.parseLong(properties.getOrDefault("SEQNUM", "0"));
  }

  /// Where the device is below /sys/devices; empty if it is no device.
  Optional<String> device() {
    return below(path);
  }

  /// Where the device was before it moved; empty if it did not.
  Optional<String> movedFrom() {
    return Optional.ofNullable(properties.get("DEVPATH_OLD")).flatMap(Uevent::below);
  }

  private static Optional<String> below(String path) {
    return path.startsWith(DEVICES)
        ? Optional.of(path.substring(DEVICES.length()))
        : Optional.empty();
  }
}
