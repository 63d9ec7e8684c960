package org.driverfs.model;

import java.util.Comparator;

/// A driver that wants a device: the higher its bid, the more specific the id that it knows the
/// device by, and the earlier it came, the better.
///
/// @param driver the driver
/// @param bid how well it says that the device suits it
/// @param distance how far from the most specific id of the device the one is that it knows
record Candidate(Driver driver, int bid, int distance) implements Comparable<Candidate> {
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingInt(Candidate::bid)
          .reversed()
          .thenComparingInt(Candidate::distance)
          .thenComparingLong(candidate -> candidate.driver().order());

  @Override
  public int compareTo(Candidate other) {
    return BEST_FIRST.compare(this, other);
  }

  /// What is said of it when another has the device.
  String rank() {
    return "bid %d, id %d".formatted(bid, distance + 1);
  }
}
