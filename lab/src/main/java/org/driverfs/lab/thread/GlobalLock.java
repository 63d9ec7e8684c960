package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// 3: one lock for the list of drivers. Whoever has a pointer scans the list for it under the lock,
/// and counts what he finds there; a driver leaves the list under the same lock before its memory
/// goes. The count is raised once more around the last step of a call, since a module that gives
/// its own count back has not returned yet.
class GlobalLock implements Strategy {
  private final List<Pointer> drivers = new ArrayList<>(); // guarded by the lock
  final ReentrantLock driverLock = new ReentrantLock();

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Address(driver);
    driverLock.lock();
    try {
      drivers.add(pointer);
    } finally {
      driverLock.unlock();
    }
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    driverLock.lock();
    try {
      Pointer found = scan(pointer);
      if (found == null || found.driver().isDeleted) {
        return REFUSED;
      }
      found.driver().count.incrementAndGet();
      return 0;
    } finally {
      driverLock.unlock();
    }
  }

  @SuppressWarnings("ReferenceEquality") // it is an address
  private @Nullable Pointer scan(Pointer wanted) {
    for (Pointer each : drivers) {
      if (each == wanted) {
        return each;
      }
    }
    return null;
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    Memory driver = pointer.driver();
    driver.count.incrementAndGet(); // by the kernel, around the close
    driver.count.decrementAndGet(); // by the module, in its close
    driver.call(); // which has not returned yet
    driver.count.decrementAndGet();
  }

  @Override
  public Collection<Pointer> drivers() {
    driverLock.lock();
    try {
      return List.copyOf(drivers);
    } finally {
      driverLock.unlock();
    }
  }

  @Override
  public void unload(Pointer pointer) {
    while (!remove(pointer)) {
      Thread.onSpinWait();
    }
    pointer.driver().free();
  }

  /// @return false while it is in use
  boolean remove(Pointer pointer) {
    driverLock.lock();
    try {
      if (pointer.driver().count.get() > 0) {
        return false;
      }
      pointer.driver().isDeleted = true;
      drivers.remove(pointer);
      return true;
    } finally {
      driverLock.unlock();
    }
  }
}
