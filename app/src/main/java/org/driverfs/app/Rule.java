package org.driverfs.app;

import java.util.List;
import org.driverfs.toml.Glob;

/// What is to be done when something happens.
///
/// @param name for people
/// @param conditions all of which an event must meet
/// @param effects what is done then, in this order
record Rule(String name, List<Condition> conditions, List<Effect> effects) {
  /// That a fact of the event is like a pattern.
  ///
  /// @param fact its name
  record Condition(String fact, Glob glob) {
    boolean isMet(Facts facts) {
      String value = facts.find(fact);
      return value != null && glob.matches(value);
    }
  }

  boolean matches(Facts facts) {
    return conditions.stream().allMatch(condition -> condition.isMet(facts));
  }
}
