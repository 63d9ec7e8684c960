package org.driverfs.lifetime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Where the stripes of use counts are: those of [#PLACES] use counts that were made one after
/// another stand side by side, stripe by stripe. So what is raised on one stripe of many use counts
/// is close together, and what is raised on two stripes is far apart. The price: two threads that
/// come to the same stripe contend for a cache line, also if their use counts are only neighbours.
///
/// A place is never used again: whoever is refused by a use count is counted for a moment, whatever
/// became of it meanwhile. The collector takes an array when nobody can reach any of its use
/// counts.
final class Counters {
  /// How many stripes a use count has.
  static final int STRIPES =
      Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors() - 1) << 1;

  private static final int PLACES = 64;

  /// Two lines of 64 bytes, which processors fetch together.
  private static final int PADDING = 16;

  private static final int STRIDE = PLACES + PADDING;
  private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);

  /// Room for one use count.
  static final class Place {
    final long[] counters;

    /// Of its first stripe.
    final int index;

    private Place(long[] counters, int index) {
      this.counters = counters;
      this.index = index;
    }
  }

  private static long[] latest = {};
  private static int taken = PLACES;

  private Counters() {}

  /// @return a place that is the caller's alone
  static synchronized Place take() {
    if (taken == PLACES) {
      latest = new long[PADDING + STRIPES * STRIDE];
      taken = 0;
    }
    return new Place(latest, PADDING + taken++);
  }

  static void add(long[] counters, int place, int stripe, long change) {
    COUNTER.getAndAdd(counters, place + stripe * STRIDE, change);
  }

  /// The sum of all stripes, read one after another.
  static long sum(long[] counters, int place) {
    long sum = 0;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      sum += (long) COUNTER.getVolatile(counters, place + stripe * STRIDE);
    }
    return sum;
  }
}
