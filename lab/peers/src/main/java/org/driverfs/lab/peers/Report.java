package org.driverfs.lab.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The tables, what was said, and whether that holds which driverfs claims.
final class Report {
  private final Table clean =
      new Table(
          "system,cycles,calls,refused,failed,in closed code,loaders left,"
              + "drain p50,drain p99,p99 less GC,last out p99,cycles/s");
  private final Table faults =
      new Table(
          "system,fault,cycles,loaders left,culprit named,in closed code,failed,"
              + "longest drain,verdict");
  private final List<String> notes = new ArrayList<>();
  private boolean isMet = true;

  /// Plug-ins that were in order.
  void addClean(Contender contender, Result result) {
    Result.Calls calls = result.calls();
    Result.Times times = result.times();
    clean.add(
        contender.label(),
        result.cycles(),
        calls.answered(),
        calls.refused(),
        calls.failed(),
        calls.late(),
        result.remains().loaders(),
        times.drains().median(),
        times.drains().p99(),
        times.quiet().p99(),
        times.outs().p99(),
        times.cyclesPerSecond());
    note(contender, Fault.NONE, result);
  }

  /// Plug-ins with a fault.
  void addFault(Contender contender, Fault fault, Result result) {
    faults.add(
        contender.label(),
        fault.label(),
        result.cycles(),
        result.remains().loaders(),
        result.remains().isNamed() ? "yes" : "no",
        result.calls().late(),
        result.calls().failed(),
        result.times().drains().longest(),
        result.verdict(fault == Fault.STUCK_CALL));
    note(contender, fault, result);
  }

  /// Says who was named and how the first call failed, and holds driverfs to what it claims.
  private void note(Contender contender, Fault fault, Result result) {
    String who = contender.label() + ", " + fault.label() + ": ";
    result.remains().words().stream()
        .flatMap(String::lines)
        .filter(line -> line.contains(fault.culprit()))
        .findFirst()
        .ifPresent(line -> notes.add(who + "names \"" + line.strip() + "\""));
    if (result.calls().failed() > 0) {
      notes.add(who + "a call failed with " + result.calls().failure());
    }
    if (contender == Contender.DRIVERFS) {
      claim(who + "no call into closed code", result.calls().late() == 0);
      claim(who + "no call failed but by ENOENT or ENODEV", result.calls().failed() == 0);
      claim(who + "nothing is left, or the culprit is named", result.isAnswered());
    }
  }

  private void claim(String what, boolean isTrue) {
    if (!isTrue) {
      notes.add("NOT met: " + what);
      isMet = false;
    }
  }

  /// Whether all holds that driverfs claims.
  boolean isMet() {
    return isMet;
  }

  void printClean() {
    clean.print("plug-ins that are in order, under %d busy callers; ms".formatted(Callers.COUNT));
  }

  void printFaults() {
    faults.print("plug-ins with a fault; ms");
    System.out.println();
    notes.forEach(System.out::println);
    System.out.println("\nwhat driverfs claims: " + (isMet ? "met" : "NOT met"));
  }

  /// Keeps the tables as CSV.
  void keep(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve("clean.csv"), clean.csv());
    Files.write(directory.resolve("faults.csv"), faults.csv());
  }
}
