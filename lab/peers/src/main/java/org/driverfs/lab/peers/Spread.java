package org.driverfs.lab.peers;

import java.util.Arrays;

/// How long something took that was done many times, in milliseconds.
record Spread(double median, double p99, double longest) {
  /// @param nanos how long each took
  static Spread of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int last = sorted.length - 1;
    return new Spread(
        sorted[sorted.length / 2] / 1e6,
        sorted[Math.min(last, (int) (sorted.length * 0.99))] / 1e6,
        sorted[last] / 1e6);
  }
}
