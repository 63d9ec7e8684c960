package org.driverfs.lab.thread;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// 2: the first answer in the thread: a lock inside the driver, around the same code. What protects
/// the lock? It is in the memory that goes.
final class OwnLock implements Strategy {
  private final Set<Pointer> drivers = ConcurrentHashMap.newKeySet();

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Address(driver);
    drivers.add(pointer);
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    Memory driver = pointer.driver();
    ReentrantLock lock = driver.lock;
    lock.lock();
    try {
      if (driver.isDeleted) {
        return REFUSED;
      }
      driver.count.incrementAndGet();
      return 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    pointer.driver().count.decrementAndGet();
  }

  @Override
  public void forEach(Consumer<Memory> visit) {
    for (Pointer pointer : drivers) {
      long ticket = acquire(pointer);
      if (ticket != REFUSED) {
        visit.accept(pointer.driver());
        release(pointer, ticket);
      }
    }
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

  private static boolean delete(Memory driver) {
    ReentrantLock lock = driver.lock;
    lock.lock();
    try {
      driver.isDeleted = driver.count.get() == 0;
      return driver.isDeleted;
    } finally {
      lock.unlock();
    }
  }
}
