package org.driverfs.buses.linux;

/// What came out of a [UeventSocket].
sealed interface Received {
  /// An event.
  ///
  /// @param uevent what happened
  record Event(Uevent uevent) implements Received {}

  /// Something that is no event of the kernel, and is left at that.
  ///
  /// @param reason what is wrong with it
  record Rejected(String reason) implements Received {}

  /// Events are missing: what is known of the devices may be wrong.
  ///
  /// @param reason how they were lost
  record Lost(String reason) implements Received {}

  /// There is nothing at the moment.
  record Nothing() implements Received {}
}
