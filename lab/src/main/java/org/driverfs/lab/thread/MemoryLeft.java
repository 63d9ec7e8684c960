package org.driverfs.lab.thread;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// What is left in the heap after drivers of many distinct names came and went.
final class MemoryLeft {
  private MemoryLeft() {}

  /// What a strategy has left.
  ///
  /// @param bytes how much more is in use than at the start
  /// @param seconds how long it took, the collector aside
  record Left(long bytes, double seconds) {}

  static Left after(Supplier<Strategy> maker, int cycles) {
    try (Strategy strategy = maker.get()) {
      var wrong = new LongAdder();
      strategy.unload(strategy.load(new Memory("first", wrong)));
      long before = used();
      long collecting = collectingMillis();
      long begin = System.nanoTime();
      for (int i = 0; i < cycles; i++) {
        Pointer pointer = strategy.load(new Memory("driver" + i, wrong));
        long ticket = strategy.acquire(pointer);
        pointer.driver().call();
        strategy.release(pointer, ticket);
        strategy.unload(pointer);
      }
      double seconds = (System.nanoTime() - begin) / 1e9 - (collectingMillis() - collecting) / 1e3;
      return new Left(used() - before, seconds);
    }
  }

  private static long used() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long collectingMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(java.lang.management.GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }
}
