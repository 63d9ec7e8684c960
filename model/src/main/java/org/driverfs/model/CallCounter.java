package org.driverfs.model;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// How often one callback of a driver has run, and how long.
///
/// A call is counted when it has ended, just before it is no longer inside the [Gate]. Thread-safe:
/// threads that count at the same time get cells of their own, and all figures are exact when
/// nobody counts.
public final class CallCounter {
  private final LongAdder calls = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder total = new LongAdder();
  private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

  CallCounter() {}

  void count(long nanos, boolean failed) {
    calls.increment();
    total.add(nanos);
    longest.accumulate(nanos);
    if (failed) {
      errors.increment();
    }
  }

  /// How many calls have ended.
  public long calls() {
    return calls.sum();
  }

  /// How many of them threw something.
  public long errors() {
    return errors.sum();
  }

  /// How long all of them took together, in nanoseconds.
  public long totalNanos() {
    return total.sum();
  }

  /// How long the longest took, in nanoseconds.
  public long longestNanos() {
    return longest.get();
  }
}
