package org.driverfs.app;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text of a rule in which `${path}` and the like stand for facts of the event. What the event
/// has not is empty.
///
/// @param text with what is to be filled in
record Template(String text) {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

  String fill(Facts facts) {
    return VARIABLE
        .matcher(text)
        .replaceAll(found ->
            Matcher.quoteReplacement(Objects.requireNonNullElse(facts.find(found.group(1)), "")));
  }

  /// A name in it that is no fact.
  Optional<String> findUnknown() {
    return VARIABLE
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .filter(name -> !Facts.isKnown(name))
        .findFirst();
  }
}
