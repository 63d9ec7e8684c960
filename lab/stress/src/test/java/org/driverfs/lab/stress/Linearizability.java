package org.driverfs.lab.stress;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/// Makes up what threads do at the same time and looks whether what they saw could have been seen
/// had they done it one after another: first in chosen interleavings, then on real processors.
public final class Linearizability {
  /// How many scenarios are made up; the system property `scenarios` says another number.
  private static final int SCENARIOS = Integer.getInteger("scenarios", 10);

  private Linearizability() {}

  /// Checks an object.
  ///
  /// @param operations its class: the public methods that are operations
  /// @throws AssertionError with the scenario and what happened, if it could not have been
  public static void check(Class<?> operations) {
    of(new ModelCheckingOptions().invocationsPerIteration(500)).check(operations);
    of(new StressOptions().invocationsPerIteration(1_000)).check(operations);
  }

  private static <O extends Options<O, ?>> O of(O options) {
    return options
        .iterations(SCENARIOS)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(2);
  }
}
