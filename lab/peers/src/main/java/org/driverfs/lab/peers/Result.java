package org.driverfs.lab.peers;

import java.util.List;

/// What came of a run.
///
/// @param cycles how many there were
/// @param calls how they ended
/// @param times how long it took
/// @param remains what was left of the plug-ins
record Result(int cycles, Calls calls, Times times, Remains remains) {
  /// How the calls ended.
  ///
  /// @param refused how many were told in the system's own way that the plug-in is not there
  /// @param failed how many ended with something else than a value
  /// @param late how many were in the plug-in's code when or after its unloading was reported as
  ///   done
  /// @param failure the first of those that failed; empty for none
  record Calls(long answered, long refused, long failed, long late, String failure) {}

  /// How long it took.
  ///
  /// @param drains each unloading
  /// @param quiet the same without the garbage collections in it
  /// @param outs from the beginning of each unloading until the last call had left
  /// @param cyclesPerSecond as it says
  record Times(Spread drains, Spread quiet, Spread outs, double cyclesPerSecond) {}

  /// What was left.
  ///
  /// @param loaders how many class loaders could still be reached
  /// @param expired how many unloadings were not over in time
  /// @param isNamed whether the system named the culprit, each time or when it was asked
  /// @param words what it said then
  record Remains(int loaders, int expired, boolean isNamed, List<String> words) {}

  /// Whether nothing is left, or somebody is named.
  boolean isAnswered() {
    return remains.isNamed()
        || (remains.loaders() == 0 && remains.expired() == 0 && calls.late() == 0);
  }

  /// What the system has made of the fault, in a word.
  ///
  /// @param isStuck whether the fault is a call that does not return
  String verdict(boolean isStuck) {
    if (remains.loaders() > 0) {
      return remains.isNamed() ? "named" : "left";
    }
    if (remains.expired() > 0) {
      return remains.isNamed() ? "waited, named" : "waited";
    }
    if (isStuck && calls.late() > 0) {
      return "ran on, closed";
    }
    return remains.isNamed() ? "cleaned, named" : "cleaned";
  }
}
