package org.driverfs.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.driverfs.errno.DriverfsException;
import org.jspecify.annotations.Nullable;

/// Finds the drivers for a device, the best first: by the ids of the device, and not by looking at
/// all drivers.
final class Candidates {
  /// The distance of a driver that the device must have, whatever ids it knows.
  private static final int OVERRIDDEN = -1;

  private static final Operation BID = new Operation(Operation.Kind.BID);

  private final Gate gate;

  Candidates(Gate gate) {
    this.gate = gate;
  }

  /// Whether there may be a driver for a device.
  boolean isPossible(Device device) {
    if (device.findSearch() != null) {
      return true;
    }
    Bus bus = device.bus().orElse(null);
    return bus != null && device.ids().stream().anyMatch(id -> !bus.driversById.get(id).isEmpty());
  }

  /// The drivers that want a device now, the best first. One whose bid throws is none of them, and
  /// the search knows why.
  List<Candidate> of(Device device) {
    Bus bus = device.bus().orElseThrow();
    List<Candidate> all = new ArrayList<>();
    String override = override(device);
    if (override != null) {
      find(bus, override).ifPresent(it -> all.add(new Candidate(it, 0, OVERRIDDEN)));
      return all;
    }
    Set<Driver> seen = new HashSet<>();
    for (int i = 0; i < device.ids().size(); i++) {
      String id = device.ids().get(i);
      for (Driver driver : bus.driversById.get(id)) {
        if (seen.add(driver)) {
          add(all, device, driver, i);
        }
      }
    }
    Collections.sort(all);
    return all;
  }

  /// The drivers that would be asked, as far as can be said without asking one.
  Set<Driver> possible(Device device) {
    Bus bus = device.bus().orElse(null);
    Set<Driver> all = new LinkedHashSet<>();
    if (bus == null) {
      return all;
    }
    String override = override(device);
    if (override != null) {
      find(bus, override).ifPresent(all::add);
      return all;
    }
    for (String id : device.ids()) {
      for (Driver driver : bus.driversById.get(id)) {
        if (device.search().refusal(driver) == null) {
          all.add(driver);
        }
      }
    }
    return all;
  }

  /// How a driver wants a device.
  ///
  /// @return null if it does not know it, or does not want it now
  @Nullable Candidate of(Device device, Driver driver) {
    List<Candidate> found = new ArrayList<>(1);
    for (int i = 0; i < device.ids().size() && found.isEmpty(); i++) {
      add(found, device, driver, i);
    }
    return found.isEmpty() ? null : found.getFirst();
  }

  private void add(List<Candidate> all, Device device, Driver driver, int distance) {
    Integer score = driver.ids().get(device.ids().get(distance));
    if (score == null || device.search().refusal(driver) != null) {
      return;
    }
    try {
      int bid =
          gate.workqueue()
              .visit(
                  driver,
                  () ->
                      gate.call(driver, device, BID, () -> driver.callbacks().bid(device, score)));
      all.add(new Candidate(driver, bid, distance));
    } catch (DriverfsException e) {
      if (driver.isRegistered() && device.driver().orElse(null) != driver) {
        device.search().refused(driver.order(), "refused to bid: " + e.getMessage());
      }
    }
  }

  /// Whether a driver may be asked for by hand.
  static boolean isMatch(Device device, Driver driver) {
    String override = override(device);
    return device.bus().orElse(null) == driver.bus()
        && (override == null ? knows(driver, device) : driver.names().contains(override));
  }

  /// The driver that a device asks for by its name, or its name and version.
  static Optional<Driver> find(Bus bus, String override) {
    int at = override.indexOf('@');
    Optional<Driver> found = bus.findDriver(override);
    return found.isPresent() || at < 0
        ? found
        : bus.findDriver(override.substring(0, at)).filter(it -> it.names().contains(override));
  }

  /// Whether a driver knows one of the ids of a device.
  static boolean knows(Driver driver, Device device) {
    return device.ids().stream().anyMatch(driver.ids()::containsKey);
  }

  static @Nullable String override(Device device) {
    Search search = device.findSearch();
    return search == null ? null : search.override();
  }
}
