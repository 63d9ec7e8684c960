package org.driverfs.lab.thread;

/// 4: one lock for everything, which is held also while a driver's open runs, and until one that is
/// unloaded has gone (the big kernel lock).
final class BigLock extends GlobalLock {
  @Override
  public long open(Pointer pointer) {
    driverLock.lock();
    try {
      return super.open(pointer);
    } finally {
      driverLock.unlock();
    }
  }

  @Override
  public void unload(Pointer pointer) {
    while (!removeAndFree(pointer)) {
      Thread.onSpinWait();
    }
  }

  private boolean removeAndFree(Pointer pointer) {
    driverLock.lock();
    try {
      boolean isRemoved = remove(pointer);
      if (isRemoved) {
        pointer.driver().free();
      }
      return isRemoved;
    } finally {
      driverLock.unlock();
    }
  }
}
