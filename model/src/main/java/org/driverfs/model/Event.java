package org.driverfs.model;

import java.util.Locale;
import java.util.Map;

/// Something that happened, as udev would tell it.
///
/// @param sequence grows by one with each event of a model
/// @param action what happened
/// @param path the path of the device, or kind and name of another object
/// @param subsystem the bus of the device, or the kind of another object
/// @param properties more, by name
/// @param depth how many events have led to this one, as far as [Events#at] knows; usually 0
public record Event(
    long sequence,
    Action action,
    String path,
    String subsystem,
    Map<String, String> properties,
    int depth) {
  /// What can happen to an object.
  public enum Action {
    /// It was registered.
    ADD,
    /// It was unregistered.
    REMOVE,
    /// Something of it changed.
    CHANGE,
    /// A driver has it.
    BIND,
    /// A driver has lost it.
    UNBIND,
    /// It has another path.
    MOVE,
    /// It can be used again.
    ONLINE,
    /// It cannot be used for a while.
    OFFLINE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
