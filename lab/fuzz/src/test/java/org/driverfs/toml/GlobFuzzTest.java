package org.driverfs.toml;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Timeout;

/// A pattern matches what it says, in a time that its author need not think about.
///
/// An input is the pattern, a NUL, and what is to match.
class GlobFuzzTest {
  @Timeout(5)
  @FuzzTest
  void matches_anyPattern_isWhatItSays(byte[] input) {
    String[] parts = new String(input, StandardCharsets.UTF_8).split("\0", 2);
    String text = parts[0];
    String value = parts[parts.length - 1];
    Glob glob;
    try {
      glob = new Glob(text);
    } catch (PatternSyntaxException e) {
      assertThat(text).as("only brackets can be wrong").contains("[");
      return;
    }
    assertThat(glob.toString()).isEqualTo(text);
    boolean matches = glob.matches(value);
    if (text.indexOf('[') < 0) {
      assertThat(matches).as("'%s' for '%s'", text, value).isEqualTo(anyMatches(text, value));
    }
  }

  private static boolean anyMatches(String pattern, String value) {
    for (String alternative : pattern.split("\\|", -1)) {
      if (matches(alternative.codePoints().toArray(), value)) {
        return true;
      }
    }
    return false;
  }

  /// Goes through the value once, with all places in the pattern that it may have come to.
  private static boolean matches(int[] pattern, String value) {
    var at = new BitSet();
    reach(at, pattern, 0);
    for (int c : value.codePoints().toArray()) {
      var next = new BitSet();
      for (int i = at.nextSetBit(0); i >= 0; i = at.nextSetBit(i + 1)) {
        if (i < pattern.length && (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == c)) {
          reach(next, pattern, pattern[i] == '*' ? i : i + 1);
        }
      }
      at = next;
    }
    return at.get(pattern.length);
  }

  private static void reach(BitSet at, int[] pattern, int place) {
    int i = place;
    while (i < pattern.length && pattern[i] == '*') {
      at.set(i++);
    }
    at.set(i);
  }
}
