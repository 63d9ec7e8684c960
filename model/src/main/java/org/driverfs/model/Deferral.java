package org.driverfs.model;

/// Thrown by a probe that cannot take the device yet: it runs again when what it names is there.
///
/// The device has no driver until then, and waits for this one: a driver that suits it less does
/// not get it meanwhile.
public final class Deferral extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Awaited awaited;

  /// @param awaited what must be there first
  public Deferral(Awaited awaited) {
    super("waits for " + awaited, null, false, false);
    this.awaited = awaited;
  }

  /// What must be there first.
  public Awaited awaited() {
    return awaited;
  }
}
