package org.driverfs.tree;

/// The bits of poll(2) that files of the tree answer (Linux, asm-generic/poll.h).
public final class Poll {
  /// There is something to read.
  public static final int IN = 0x1;

  /// The value has changed since it was read from the beginning.
  public static final int PRI = 0x2;

  /// A write would not wait.
  public static final int OUT = 0x4;

  /// Comes with [#PRI], as on sysfs; alone: the file has been revoked.
  public static final int ERR = 0x8;

  private Poll() {}
}
