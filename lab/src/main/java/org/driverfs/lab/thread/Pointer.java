package org.driverfs.lab.thread;

/// What callers keep of a driver: in C, its address.
interface Pointer {
  /// What is at that address, whatever has become of it.
  Memory driver();
}
