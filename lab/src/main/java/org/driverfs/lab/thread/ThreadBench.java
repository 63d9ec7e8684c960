package org.driverfs.lab.thread;

import static org.driverfs.lab.thread.UnderUnloads.median;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.driverfs.lab.thread.UnderUnloads.Others;

/// Measures every strategy of the thread, and prints and keeps the tables: as CSV, and as plots.
public final class ThreadBench {
  private static final String OURS = "driverfs";
  private static final double MOST_GROWTH = 1.2;

  /// How far apart the longest pause with and without unloads may be: what a scheduler with a few
  /// ticks to a slice makes of the same.
  private static final double NOISE = 1.5;

  private static final double MOST_LEFT_KIB = 256;

  private final Path directory;
  private final boolean isQuick;
  private final List<String> csv = new ArrayList<>(List.of("measure,strategy,value,unit"));
  private boolean isMet = true;

  private ThreadBench(Path directory, boolean isQuick) {
    this.directory = directory;
    this.isQuick = isQuick;
  }

  /// Runs it.
  ///
  /// @param args where the figures and plots go, `target/thread` if not told; `--quick` for a try
  ///   with small numbers
  public static void main(String[] args) throws Exception {
    List<String> words = new ArrayList<>(List.of(args));
    boolean isQuick = words.remove("--quick");
    var bench =
        new ThreadBench(Path.of(words.isEmpty() ? "target/thread" : words.getFirst()), isQuick);
    System.exit(bench.run() ? 0 : 1);
  }

  private boolean run() throws IOException, InterruptedException {
    Files.createDirectories(directory);
    System.out.printf(
        "%s, %s %s, %d processors, Java %s%n%n",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
    access();
    iteration();
    unloads();
    memory();
    Files.write(directory.resolve("figures.csv"), csv);
    System.out.printf("%nfigures and plots: %s%n", directory.toAbsolutePath());
    System.out.println(isMet ? "\nwhat driverfs claims: met" : "\nwhat driverfs claims: NOT met");
    return isMet;
  }

  private void access() throws IOException, InterruptedException {
    var cost = new AccessCost(isQuick ? 20 : 200);
    var table = new Table();
    for (int drivers : AccessCost.DRIVERS) {
      for (int threads : AccessCost.THREADS) {
        String column = threads + "x" + drivers;
        cost.measure(threads, drivers)
            .forEach((name, nanos) -> {
              table.put(name, column, nanos);
              keep("access " + column, name, nanos, "ns");
            });
      }
    }
    table.print("one access, ns of a core (threads x drivers)");
    plot("access-1x10000", "One access, 1 thread, 10,000 drivers", "ns", table.column("1x10000"));
    plot("access-64x1", "One access, 64 threads, 1 driver", "ns", table.column("64x1"));
    double growth = growth(table, OURS);
    double counters = growth(table, AccessCost.COUNTERS);
    claim(
        "from 1 driver to 10,000 an access grows %.2f times; one of as many counters %.2f"
            .formatted(growth, counters),
        growth <= MOST_GROWTH * counters);
  }

  private static double growth(Table table, String name) {
    return table.get(name, "1x10000") / table.get(name, "1x1");
  }

  private void iteration() throws IOException, InterruptedException {
    int drivers = isQuick ? 1_000 : 10_000;
    var table = new Table();
    Iteration.medianMillis(drivers)
        .forEach((name, median) -> {
          table.put(name, "ms", median);
          keep("iteration over " + drivers, name, median, "ms");
        });
    table.print("iteration over %,d drivers while others come and go".formatted(drivers));
    plot("iteration", "Iteration over all drivers", "ms", table.column("ms"));
  }

  private void unloads() throws IOException, InterruptedException {
    int millis = isQuick ? 100 : 1_000;
    var table = new Table();
    for (var entry : Strategies.ALL.entrySet()) {
      String name = entry.getKey();
      UnderUnloads.Seen seen = UnderUnloads.run(entry.getValue(), millis);
      put(table, name, "median", seen.unload(0.5) / 1e3, "us");
      put(table, name, "p99", seen.unload(0.99) / 1e3, "us");
      put(table, name, "worst", seen.unload(1) / 1e3, "us");
      put(table, name, "gap", median(seen.others(), Others::longest) / 1e3, "us");
      put(table, name, "floor", median(seen.quiet(), Others::longest) / 1e3, "us");
      put(table, name, "slow", (double) median(seen.others(), Others::slow), "accesses");
      put(table, name, "slow floor", (double) median(seen.quiet(), Others::slow), "accesses");
      put(table, name, "freed", (double) seen.intoFreed(), "calls");
    }
    table.print(
        "unload under 2 busy callers, us; of an unrelated caller the longest access in a second,"
            + " and how many took more than 100 us, both also without unloads; calls into freed"
            + " code");
    plot("unload-p99", "Unload under busy callers, p99", "us", table.column("p99"));
    plot(
        "pause", "Longest access of an unrelated caller during unloads", "us", table.column("gap"));
    claim("no call into code that was unloaded", table.get(OURS, "freed") == 0);
    double gap = table.get(OURS, "gap");
    double floor = table.get(OURS, "floor");
    claim(
        "an unrelated caller stands still for %.0f us; for %.0f without unloads"
            .formatted(gap, floor),
        gap <= NOISE * floor);
  }

  private void put(Table table, String strategy, String column, double value, String unit) {
    table.put(strategy, column, value);
    keep("unload " + column, strategy, value, unit);
  }

  private void memory() {
    int cycles = isQuick ? 20_000 : 1_000_000;
    var table = new Table();
    for (var entry : Strategies.ALL.entrySet()) {
      MemoryLeft.Left left = MemoryLeft.after(entry.getValue(), cycles);
      table.put(entry.getKey(), "KiB", left.bytes() / 1024.0);
      table.put(entry.getKey(), "KiB, purged", left.purged() / 1024.0);
      table.put(entry.getKey(), "seconds", left.seconds());
      keep("left after " + cycles, entry.getKey(), left.bytes() / 1024.0, "KiB");
      keep("left after " + cycles + " and a purge", entry.getKey(), left.purged() / 1024.0, "KiB");
    }
    table.print(
        "%,d loads and unloads of distinct names: what is left, and how long it took"
            .formatted(cycles));
    double kib = table.get(OURS, "KiB");
    claim("%.0f KiB are left".formatted(kib), kib < MOST_LEFT_KIB);
  }

  private void keep(String measure, String strategy, double value, String unit) {
    csv.add(String.format(Locale.ROOT, "%s,%s,%.3f,%s", measure, strategy, value, unit));
  }

  private void claim(String what, boolean isTrue) {
    System.out.println("driverfs: " + what + ": " + (isTrue ? "met" : "NOT met"));
    isMet &= isTrue;
  }

  private void plot(String file, String title, String unit, Map<String, Double> values)
      throws IOException {
    Files.writeString(directory.resolve(file + ".svg"), Plot.bars(title, unit, values));
  }
}
