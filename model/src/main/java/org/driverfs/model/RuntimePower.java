package org.driverfs.model;

/// What a driver does with a device that nobody uses while the system runs.
///
/// Called with no lock held, one at a time for each device, and not before its probe or after its
/// remove. Whatever a device needs is active in both.
public interface RuntimePower {
  /// Lets a device that nobody uses sleep. Its children and consumers sleep already.
  ///
  /// @throws Exception the reason for refusing: the device stays active
  void suspend(Device device) throws Exception;

  /// Wakes a device that somebody wants to use.
  ///
  /// @throws Exception the reason for refusing: the device cannot be used
  void resume(Device device) throws Exception;
}
