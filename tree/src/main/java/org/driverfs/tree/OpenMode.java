package org.driverfs.tree;

/// What a file is opened for.
public enum OpenMode {
  /// Only reads.
  READ,
  /// Only writes.
  WRITE,
  /// Both.
  READ_WRITE;

  /// Whether reads are allowed.
  public boolean reads() {
    return this != WRITE;
  }

  /// Whether writes are allowed.
  public boolean writes() {
    return this != READ;
  }
}
