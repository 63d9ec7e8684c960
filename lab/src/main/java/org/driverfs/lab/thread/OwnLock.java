package org.driverfs.lab.thread;

import java.util.concurrent.locks.ReentrantLock;

/// 2: the first answer in the thread: a lock inside the driver, around the same code. What protects
/// the lock? It is in the memory that goes.
final class OwnLock extends Unlocked {
  @Override
  boolean tryToCount(Memory driver) {
    ReentrantLock lock = driver.lock;
    lock.lock();
    try {
      return count(driver);
    } finally {
      lock.unlock();
    }
  }

  @Override
  boolean delete(Memory driver) {
    ReentrantLock lock = driver.lock;
    lock.lock();
    try {
      return mark(driver);
    } finally {
      lock.unlock();
    }
  }
}
