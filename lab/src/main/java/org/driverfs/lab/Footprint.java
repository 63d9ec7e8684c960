package org.driverfs.lab;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;

/// What this JVM holds after a collection.
///
/// @param heap in bytes
/// @param metaspace in bytes
/// @param descriptors how many files are open
record Footprint(long heap, long metaspace, int threads, long descriptors, int classes) {
  private static final double MIB = 1 << 20;

  /// How much more may be there of what the machine itself makes in passing: compiled code's
  /// metadata, accessors of reflection, and buffers.
  private static final long MOST_BYTES = 4 << 20;

  private static final int MOST_CLASSES = 64;

  static Footprint now() {
    System.gc();
    System.gc();
    long metaspace =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getName().equals("Metaspace"))
            .map(MemoryPoolMXBean::getUsage)
            .mapToLong(MemoryUsage::getUsed)
            .sum();
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Footprint(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        metaspace,
        ManagementFactory.getThreadMXBean().getThreadCount(),
        system.getOpenFileDescriptorCount(),
        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
  }

  /// Whether no more is held than before.
  boolean isBackAt(Footprint before) {
    return heap - before.heap <= MOST_BYTES
        && metaspace - before.metaspace <= MOST_BYTES
        && threads <= before.threads
        && descriptors <= before.descriptors
        && classes - before.classes <= MOST_CLASSES;
  }

  @Override
  public String toString() {
    return "heap %.1f MiB, metaspace %.1f MiB, %d threads, %d descriptors, %d classes"
        .formatted(heap / MIB, metaspace / MIB, threads, descriptors, classes);
  }
}
