package org.driverfs.model;

/// A driver that takes the place of another of its bus: its name, and those who have open what is
/// the other's own.
///
/// @param to who takes it
/// @param from whose it is; it has no devices any more
/// @param newName what that one is called from then on
public record Heir(Driver to, Driver from, String newName) {
  /// What takes back what this did, after it.
  Heir reversed(String nameOfTo) {
    return new Heir(from, to, nameOfTo);
  }
}
