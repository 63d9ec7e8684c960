package org.driverfs.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// Says of each driver of a bus why a device has it or has it not. Worked out when somebody asks;
/// only what drivers said themselves was kept.
final class Reasons {
  private final Searches searches;

  Reasons(Searches searches) {
    this.searches = searches;
  }

  /// One line for each driver, the best first, after what keeps all of them away.
  List<String> of(Device device) {
    List<String> lines = new ArrayList<>();
    Bus bus = device.bus().orElse(null);
    if (bus == null) {
      return List.of("is on no bus, so that it cannot have a driver");
    }
    String override = Candidates.override(device);
    List<Candidate> candidates = searches.candidates().of(device);
    if (device.driver().isEmpty()) {
      addObstacles(lines, device, bus);
    }
    if (override != null && Candidates.find(bus, override).isEmpty()) {
      lines.add(override + ": driver_override names it, but there is no such driver");
    }
    for (Candidate candidate : candidates) {
      lines.add(candidate.driver().name() + ": " + reason(device, candidate));
    }
    bus.drivers().values().stream()
        .filter(driver -> candidates.stream().noneMatch(it -> it.driver() == driver))
        .sorted(Comparator.comparing(Driver::name))
        .forEach(driver -> lines.add(driver.name() + ": " + excluded(device, driver)));
    return lines;
  }

  private static void addObstacles(List<String> lines, Device device, Bus bus) {
    Device missing = Searches.missingSupplier(device);
    if (missing != null) {
      lines.add("waits for supplier " + missing.path() + " to have a driver");
    }
    if (!bus.autoprobes()) {
      lines.add("drivers_autoprobe of bus " + bus.name() + " is 0; write to bind or drivers_probe");
    }
  }

  private String reason(Device device, Candidate candidate) {
    Driver driver = candidate.driver();
    Search search = device.search();
    Driver bound = device.driver().orElse(null);
    String refusal = search.refusal(driver);
    Search.Wait wait = search.waits();
    if (driver == bound) {
      return "has it (" + candidate.rank() + ")";
    }
    if (refusal != null) {
      return refusal;
    }
    if (searches.waiters().isFor(search, driver) && wait != null) {
      return "waits for " + wait.awaited();
    }
    if (bound == null) {
      return wait == null
          ? "may have it (" + candidate.rank() + ")"
          : "comes after " + wait.name() + ", which waits (" + candidate.rank() + ")";
    }
    return compared(device, candidate, bound);
  }

  private static String compared(Device device, Candidate candidate, Driver bound) {
    Binding binding = device.binding;
    Candidate chosen = binding == null ? null : binding.chosen();
    if (chosen == null) {
      return bound.name() + " was asked for by hand (" + candidate.rank() + ")";
    }
    return candidate.compareTo(chosen) < 0
        ? "suits it better than %s (%s); it gets it when that is unbound"
            .formatted(bound.name(), candidate.rank())
        : "suits it less than %s (%s)".formatted(bound.name(), candidate.rank());
  }

  private static String excluded(Device device, Driver driver) {
    String override = Candidates.override(device);
    String refusal = device.search().refusal(driver);
    if (override != null && !driver.names().contains(override)) {
      return "overridden: driver_override names " + override;
    }
    if (refusal != null) {
      return refusal;
    }
    return Candidates.isMatch(device, driver)
        ? "its module is going"
        : "no id match: it knows "
            + driver.ids().keySet().stream().sorted().collect(Collectors.joining(", "))
            + "; the device has "
            + String.join(", ", device.ids());
  }
}
