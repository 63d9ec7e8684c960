package org.driverfs.app;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.driverfs.buses.linux.LinuxDevices;
import org.driverfs.fuse.FuseMount;
import org.driverfs.model.Gate;
import org.driverfs.model.Operation.Kind;

/// How a daemon is, taken at one moment: names and numbers, and each callback of a driver, and each
/// rule, that has been at work for so long that it probably hangs.
final class Status {
  private static final Duration HANGS = Duration.ofSeconds(5);

  private final Map<String, Object> values = new LinkedHashMap<>();
  private List<String> hanging = List.of();

  private Status() {}

  static Status of(Daemon daemon) {
    return of(daemon, HANGS);
  }

  /// @param hangs how long a callback has been inside that is named
  static Status of(Daemon daemon, Duration hangs) {
    var status = new Status();
    status.addDaemon(daemon);
    status.addWorld(daemon.world());
    if (!daemon.rules().all().isEmpty()) {
      status.addRules(daemon.rules());
    }
    daemon.devices().map(LinuxDevices::counts).ifPresent(status::addDevices);
    daemon.mount().map(FuseMount::statistics).ifPresent(status::addMount);
    status.hanging =
        Stream.concat(
                hangingCalls(daemon.world().model().gate(), hangs),
                hangingRules(daemon.rules(), hangs))
            .toList();
    return status;
  }

  private static Stream<String> hangingCalls(Gate gate, Duration hangs) {
    return gate.inside().stream()
        .filter(call -> call.operation().kind() != Kind.TASK) // meant to run on and on
        .filter(call -> call.age().compareTo(hangs) >= 0)
        .sorted(Comparator.comparingLong(Gate.Call::since))
        .map(Gate.Call::toString);
  }

  /// The rules follow one event after another: one that does not end keeps all waiting.
  private static Stream<String> hangingRules(Rules rules, Duration hangs) {
    return rules.all().stream()
        .flatMap(rule ->
            rule
                .work()
                .filter(work -> work.age().compareTo(hangs) >= 0)
                .map(work ->
                    "rule %s: %s, for %.1f s"
                        .formatted(rule.rule().name(), work.what(), work.age().toNanos() / 1e9))
                .stream());
  }

  private void addDaemon(Daemon daemon) {
    values.put("pid", ProcessHandle.current().pid());
    values.put("version", Version.text());
    values.put("mount", daemon.mount().<Object>map(FuseMount::directory).orElse("none"));
    values.put("socket", daemon.settings().socket());
    values.put("start_ms", daemon.startTime().toMillis());
  }

  private void addWorld(World world) {
    values.put("devices", world.census().devices());
    values.put("drivers", world.census().drivers());
    values.put("modules", world.modules().list().size());
    values.put("open_files", world.tree().openFiles().size());
    values.put("inside_drivers", world.model().gate().inside().size());
    values.put("events", world.model().events().sequence());
  }

  private void addRules(Rules rules) {
    values.put("rules", rules.all().size());
    values.put("rules_matched", rules.all().stream().mapToLong(ActiveRule::matched).sum());
    values.put("rules_failed", rules.all().stream().mapToLong(ActiveRule::failed).sum());
    values.put("rules_stopped", rules.all().stream().mapToLong(ActiveRule::stopped).sum());
    values.put("rules_lost_events", rules.lost());
  }

  private void addDevices(LinuxDevices.Counts counts) {
    values.put("kernel_events", counts.events());
    values.put("kernel_events_rejected", counts.rejected());
    values.put("kernel_rescans", counts.rescans());
  }

  private void addMount(FuseMount.Statistics statistics) {
    values.put("mount_known_nodes", statistics.knownNodes());
    values.put("mount_open_directories", statistics.openDirectories());
    values.put("mount_workers", statistics.workers());
    values.put("mount_inside_drivers", statistics.insideDrivers());
    values.put("mount_pending_notices", statistics.pendingNotices());
  }

  /// One name and value a line; `hangs` may be there several times, the longest first.
  String text() {
    return Stream.concat(
            values.entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue()),
            hanging.stream().map(call -> "hangs " + call))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
