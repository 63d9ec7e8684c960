package org.driverfs.model;

import java.util.Locale;

/// How deep a device sleeps when the whole system does. Every level is reached by all devices
/// before the next one begins.
public enum SleepLevel {
  /// The device is told that it will sleep, and may refuse.
  NOTIFY,
  /// It saves what it would lose.
  SAVE_STATE,
  /// It does nothing any more.
  DISABLE,
  /// It uses no power.
  POWER_DOWN;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
