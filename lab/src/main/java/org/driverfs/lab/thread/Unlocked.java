package org.driverfs.lab.thread;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// 1: the code that opens the thread. It looks whether the driver has an owner, and then tries to
/// count that. Nothing keeps the driver from going between the two: the owner that it counts may be
/// memory that was freed.
class Unlocked implements Strategy {
  private final Set<Pointer> drivers = ConcurrentHashMap.newKeySet();
  private final Object unloadLock = new Object();

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Address(driver);
    drivers.add(pointer);
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    return tryToCount(pointer.driver()) ? 0 : REFUSED;
  }

  /// As try_inc_mod_count of that time: under a lock of the module loader's, which the module's end
  /// takes too.
  boolean tryToCount(Memory module) {
    synchronized (unloadLock) {
      return count(module);
    }
  }

  static boolean count(Memory module) {
    if (module.isDeleted) {
      return false;
    }
    module.count.incrementAndGet();
    return true;
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    pointer.driver().count.decrementAndGet();
  }

  @Override
  public Collection<Pointer> drivers() {
    return drivers;
  }

  @Override
  public void unload(Pointer pointer) {
    Memory driver = pointer.driver();
    while (!delete(driver)) {
      Thread.onSpinWait();
    }
    drivers.remove(pointer);
    driver.free();
  }

  /// @return false while it is in use
  boolean delete(Memory module) {
    synchronized (unloadLock) {
      return mark(module);
    }
  }

  static boolean mark(Memory module) {
    module.isDeleted = module.count.get() == 0;
    return module.isDeleted;
  }
}
