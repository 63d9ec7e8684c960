package org.driverfs.model;

import java.util.Locale;

/// How far a device has come back from its sleep. A device goes through those levels that undo what
/// it has been through.
public enum WakeLevel {
  /// It has power again: undoes [SleepLevel#POWER_DOWN].
  POWER_ON(SleepLevel.POWER_DOWN),
  /// It has what it had saved: undoes [SleepLevel#SAVE_STATE].
  RESTORE_STATE(SleepLevel.SAVE_STATE),
  /// It works: undoes [SleepLevel#DISABLE], and [SleepLevel#NOTIFY].
  ENABLE(SleepLevel.NOTIFY);

  private final SleepLevel undone;

  WakeLevel(SleepLevel undone) {
    this.undone = undone;
  }

  /// Whether a device that has come down to that level goes through this one.
  boolean undoes(SleepLevel reached) {
    return reached.compareTo(undone) >= 0;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
