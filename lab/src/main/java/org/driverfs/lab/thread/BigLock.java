package org.driverfs.lab.thread;

/// 4: one lock for everything, which is held also while the driver's open runs, and while it is
/// unloaded (the big kernel lock).
final class BigLock extends GlobalLock {
  @Override
  public long acquire(Pointer pointer) {
    driverLock.lock();
    try {
      long ticket = super.acquire(pointer);
      if (ticket != REFUSED) {
        pointer.driver().call(); // its open
      }
      return ticket;
    } finally {
      driverLock.unlock();
    }
  }
}
