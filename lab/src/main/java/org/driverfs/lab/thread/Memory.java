package org.driverfs.lab.thread;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// The memory of one loading of a driver: its code, and what a strategy keeps in the driver's own
/// structures. Java keeps what somebody can reach; in C it is gone, and used for something else. So
/// freeing scribbles over it: a lock that was there is open, and a mark that refused is erased.
final class Memory {
  private final String name;
  private final LongAdder calledAfterFree;
  private final long openNanos;
  private volatile boolean isFreed;

  /// The module's use count.
  final AtomicInteger count = new AtomicInteger();

  /// Whether the module refuses to be counted.
  volatile boolean isDeleted;

  /// A lock of the driver's own.
  volatile ReentrantLock lock = new ReentrantLock();

  /// @param calledAfterFree counts the calls into code that is not there any more
  Memory(String name, LongAdder calledAfterFree) {
    this(name, calledAfterFree, 0);
  }

  /// @param openNanos how long its open takes
  Memory(String name, LongAdder calledAfterFree, long openNanos) {
    this.name = name;
    this.calledAfterFree = calledAfterFree;
    this.openNanos = openNanos;
  }

  String name() {
    return name;
  }

  /// Runs the driver's code.
  void call() {
    if (isFreed) {
      calledAfterFree.increment();
    }
  }

  /// Runs the driver's open.
  void open() {
    call();
    if (openNanos > 0) {
      for (long end = System.nanoTime() + openNanos; System.nanoTime() < end; ) {
        call();
      }
    }
  }

  /// Nothing that was here means anything now.
  void free() {
    isFreed = true;
    lock = new ReentrantLock();
    count.set(0);
    isDeleted = false;
  }
}
