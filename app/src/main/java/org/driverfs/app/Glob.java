package org.driverfs.app;

import java.util.regex.Pattern;

/// A pattern of a rule, as in udev: `*` is any text, slashes too, `?` is any character, `[a-c]` one
/// of those, `[!a-c]` one of the others, and `|` stands between two patterns.
final class Glob {
  private final String text;
  private final Pattern pattern;

  /// @throws java.util.regex.PatternSyntaxException if a bracket is not closed
  Glob(String text) {
    this.text = text;
    var regex = new StringBuilder();
    int bracket = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (bracket < 0) {
        regex.append(outside(c));
        bracket = c == '[' ? i : -1;
      } else {
        regex.append(c == '!' && i == bracket + 1 ? "^" : inside(c));
        bracket = c == ']' ? -1 : bracket;
      }
    }
    pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  private static String outside(char c) {
    return switch (c) {
      case '*' -> ".*";
      case '?' -> ".";
      case '[', '|' -> Character.toString(c);
      default -> Pattern.quote(Character.toString(c));
    };
  }

  private static String inside(char c) {
    return c == '-' || c == ']' || Character.isLetterOrDigit(c) ? Character.toString(c) : "\\" + c;
  }

  boolean matches(String value) {
    return pattern.matcher(value).matches();
  }

  @Override
  public String toString() {
    return text;
  }
}
