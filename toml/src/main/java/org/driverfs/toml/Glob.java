package org.driverfs.toml;

import java.util.regex.Pattern;

/// A pattern as it stands in configurations and manifests, as in udev: `*` is any text, slashes
/// too, `?` is any character, `[a-c]` one of those, `[!a-c]` one of the others, and `|` stands
/// between two patterns.
///
/// Whether one matches takes time in proportion to pattern and text at most: all stars but the last
/// stand for as little as they can, and are not tried again.
public final class Glob {
  private final String text;
  private final Pattern pattern;

  /// Reads a pattern.
  ///
  /// @throws java.util.regex.PatternSyntaxException if a bracket is not closed
  public Glob(String text) {
    this.text = text;
    this.pattern = Pattern.compile(new Translation(text).regex(), Pattern.DOTALL);
  }

  /// Whether all of a text is as the pattern says.
  public boolean matches(String value) {
    return pattern.matcher(value).matches();
  }

  @Override
  public String toString() {
    return text;
  }

  /// From a pattern to the regular expression for it.
  private static final class Translation {
    private final StringBuilder regex = new StringBuilder();

    /// What stands behind the last star, or from the beginning.
    private final StringBuilder piece = new StringBuilder();

    private boolean hasStar;

    Translation(String text) {
      int bracket = -1;
      for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
        int c = text.codePointAt(i);
        if (bracket < 0) {
          outside(c);
          bracket = c == '[' ? i : -1;
        } else {
          piece.append(c == '!' && i == bracket + 1 ? "^" : inside(c));
          bracket = c == ']' ? -1 : bracket;
        }
      }
      end();
    }

    String regex() {
      return regex.toString();
    }

    private void outside(int c) {
      switch (c) {
        case '*' -> star();
        case '|' -> {
          end();
          regex.append('|');
        }
        case '?' -> piece.append('.');
        case '[' -> piece.append('[');
        default -> piece.append(Pattern.quote(Character.toString(c)));
      }
    }

    private static String inside(int c) {
      String plain = Character.toString(c);
      return c == '-' || c == ']' || Character.isLetterOrDigit(c) ? plain : "\\" + plain;
    }

    /// The piece before it, if there is a star before that, begins where it first can.
    private void star() {
      if (hasStar) {
        regex.append("(?>.*?").append(piece).append(')');
      } else {
        regex.append(piece);
      }
      piece.setLength(0);
      hasStar = true;
    }

    /// The last piece stands at the end.
    private void end() {
      regex.append(hasStar ? ".*" : "").append(piece);
      piece.setLength(0);
      hasStar = false;
    }
  }
}
