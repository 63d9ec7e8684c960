package org.driverfs.lab.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a daemon takes.
///
/// @param heap what is alive in it, in bytes
/// @param loaders class loaders of modules
record Footprint(int threads, int descriptors, long heap, int loaders) {
  private static final int MORE_THREADS = 3;
  private static final int MORE_DESCRIPTORS = 3;
  private static final long MORE_HEAP = 4L << 20;

  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
  private static final Pattern LOADERS =
      Pattern.compile(
          "(?m)^\\s*\\d+:\\s+(\\d+)\\s.*org\\.driverfs\\.loader\\.ModuleClassLoader\\b");

  /// Now, after the kernel has let go what it only keeps for later.
  static Footprint of(Host host) throws IOException, InterruptedException {
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2\n");
    String histogram = host.jcmd("GC.class_histogram");
    Matcher total = TOTAL.matcher(histogram);
    Matcher loaders = LOADERS.matcher(histogram);
    return new Footprint(
        count(host.proc("task")),
        count(host.proc("fd")),
        total.find() ? Long.parseLong(total.group(1)) : -1,
        loaders.find() ? Integer.parseInt(loaders.group(1)) : 0);
  }

  private static int count(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return (int) all.count();
    }
  }

  /// What has grown since another; a little more is nothing.
  List<String> grownSince(Footprint before) {
    List<String> grown = new ArrayList<>();
    if (threads > before.threads + MORE_THREADS) {
      grown.add("threads");
    }
    if (descriptors > before.descriptors + MORE_DESCRIPTORS) {
      grown.add("descriptors");
    }
    if (heap < 0 || heap > before.heap + MORE_HEAP) {
      grown.add("heap");
    }
    if (loaders > before.loaders) {
      grown.add("class loaders of modules");
    }
    return grown;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d threads, %d descriptors, %.1f MiB of heap, %d class loaders of modules",
        threads,
        descriptors,
        heap / 1048576.0,
        loaders);
  }
}
