package org.driverfs.toml;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A pattern as it stands in configurations and manifests, as in udev: `*` is any text, slashes
/// too, `?` is any character, `[a-c]` one of those, `[!a-c]` one of the others, and `|` stands
/// between two patterns.
///
/// Whether one matches takes as many steps as pattern times text at most, and no stack: whoever
/// writes patterns may have them from somebody else.
public final class Glob {
  private final String text;

  /// Each a list of what a character must be; null is a star.
  private final List<List<@Nullable IntPredicate>> alternatives = new ArrayList<>();

  /// Reads a pattern.
  ///
  /// @throws java.util.regex.PatternSyntaxException if a bracket is not closed, or has no range
  public Glob(String text) {
    this.text = text;
    alternatives.add(new ArrayList<>());
    for (int i = 0; i < text.length(); ) {
      int end = text.charAt(i) == '[' ? endOfBracket(text, i) : text.offsetByCodePoints(i, 1);
      add(text.substring(i, end));
      i = end;
    }
  }

  private static int endOfBracket(String text, int start) {
    int close = text.indexOf(']', start);
    return close < 0 ? text.length() : close + 1;
  }

  private void add(String part) {
    int first = part.codePointAt(0);
    if (first == '|') {
      alternatives.add(new ArrayList<>());
      return;
    }
    alternatives
        .getLast()
        .add(
            switch (first) {
              case '*' -> null;
              case '?' -> _ -> true;
              case '[' -> bracket(part);
              default -> c -> c == first;
            });
  }

  private static IntPredicate bracket(String part) {
    boolean isNegated = part.startsWith("[!");
    var regex = new StringBuilder(isNegated ? "[^" : "[");
    part.codePoints()
        .skip(isNegated ? 2 : 1)
        .forEach(c -> {
          boolean isPlain = c == '-' || c == ']' || Character.isLetterOrDigit(c);
          regex.append(isPlain ? "" : "\\").appendCodePoint(c);
        });
    var one = Pattern.compile(regex.toString());
    return c -> one.matcher(Character.toString(c)).matches();
  }

  /// Whether all of a text is as the pattern says.
  public boolean matches(String value) {
    int[] characters = value.codePoints().toArray();
    for (List<@Nullable IntPredicate> parts : alternatives) {
      if (matches(parts, characters)) {
        return true;
      }
    }
    return false;
  }

  /// Only the last star that was met may have to take more than it has: what stood before it begins
  /// where it first could.
  private static boolean matches(List<@Nullable IntPredicate> parts, int[] value) {
    int part = 0;
    int star = -1;
    int taken = 0;
    for (int i = 0; i < value.length; ) {
      IntPredicate wanted = part < parts.size() ? parts.get(part) : _ -> false;
      if (wanted == null) {
        star = part++;
        taken = i;
      } else if (wanted.test(value[i])) {
        part++;
        i++;
      } else if (star >= 0) {
        part = star + 1;
        i = ++taken;
      } else {
        return false;
      }
    }
    return parts.stream().skip(part).allMatch(Objects::isNull);
  }

  @Override
  public String toString() {
    return text;
  }
}
