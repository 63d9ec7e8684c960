package org.driverfs.lab.thread;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/// What is left in the heap after drivers of many distinct names came and went.
final class MemoryLeft {
  private MemoryLeft() {}

  /// What a strategy has left.
  ///
  /// @param bytes how much more is in use than at the start
  /// @param purged the same after it has forgotten what it may forget
  /// @param seconds how long it took, the collector aside
  record Left(long bytes, long purged, double seconds) {}

  static Left after(Supplier<Strategy> maker, int cycles) {
    try (Strategy strategy = maker.get()) {
      var wrong = new LongAdder();
      cycle(strategy, "first", cycles / 10, wrong); // what the machine itself needs for this
      long before = used();
      long collecting = collectingMillis();
      long begin = System.nanoTime();
      cycle(strategy, "driver", cycles, wrong);
      double seconds = (System.nanoTime() - begin) / 1e9 - (collectingMillis() - collecting) / 1e3;
      long left = used() - before;
      strategy.purge();
      return new Left(left, used() - before, seconds);
    }
  }

  private static void cycle(Strategy strategy, String prefix, int cycles, LongAdder wrong) {
    for (int i = 0; i < cycles; i++) {
      Pointer pointer = strategy.load(new Memory(prefix + i, wrong));
      long ticket = strategy.acquire(pointer);
      pointer.driver().call();
      strategy.release(pointer, ticket);
      strategy.unload(pointer);
    }
  }

  /// What collections leave, and not what threads have reserved since in order to allocate. The
  /// serial collector leaves some of the dead where they are, but for every fourth time.
  private static long used() {
    return LongStream.generate(MemoryLeft::collect).limit(4).min().orElseThrow();
  }

  private static long collect() {
    System.gc();
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .mapToLong(pool -> pool.getCollectionUsage().getUsed())
        .sum();
  }

  private static long collectingMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(java.lang.management.GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }
}
