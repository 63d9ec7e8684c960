package org.driverfs.lab.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Runs the scenario with every contender, first with plug-ins that are in order and then with each
/// fault, and prints and keeps the tables. It fails if something does not hold that driverfs
/// claims.
public final class PeerBench {
  private final boolean isQuick;
  private final Path scratch;
  private final Report report = new Report();

  private PeerBench(boolean isQuick, Path scratch) {
    this.isQuick = isQuick;
    this.scratch = scratch;
  }

  /// Runs it.
  ///
  /// @param args where the tables go, if they are to be kept; `--quick` for a try with small
  ///   numbers
  public static void main(String[] args) throws Exception {
    List<String> words = new ArrayList<>(List.of(args));
    boolean isQuick = words.remove("--quick");
    Path scratch = Files.createTempDirectory("driverfs-peers");
    var bench = new PeerBench(isQuick, scratch);
    try {
      bench.run();
    } finally {
      remove(scratch);
    }
    if (!words.isEmpty()) {
      bench.report.keep(Path.of(words.getFirst()));
    }
    if (!bench.report.isMet()) {
      System.exit(1);
    } // and else it ends by itself: nothing that was left behind holds it
  }

  private void run() throws Exception {
    System.out.printf(
        "%s, %s %s, %d processors, Java %s%n",
        LocalDate.now(ZoneOffset.UTC),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
    for (Contender each : Contender.values()) {
      report.addClean(each, run(each, Fault.NONE, isQuick ? 30 : 200, isQuick ? 100 : 2_000));
    }
    report.printClean();
    for (Fault fault : Fault.values()) {
      if (fault != Fault.NONE) {
        for (Contender each : Contender.values()) {
          report.addFault(each, fault, run(each, fault, 0, isQuick ? 2 : 20));
        }
      }
    }
    report.printFaults();
  }

  private Result run(Contender contender, Fault fault, int warmUp, int cycles) throws Exception {
    Path directory = Files.createDirectories(scratch.resolve(contender.label()));
    Host host = contender.open(directory);
    try {
      return Scenario.run(host, fault, warmUp, cycles);
    } finally {
      host.end();
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
