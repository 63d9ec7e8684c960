package org.driverfs.errno;

import java.io.Serial;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What code that is not ours has thrown: its message, its stack and its causes are that code too,
/// and may throw when they are asked for, the second time if not the first.
public final class Thrown {
  private static final int MOST_CAUSES = 8;
  private static final int MOST_FRAMES = 128;
  private static final int MOST_CHARACTERS = 4096;

  private Thrown() {}

  /// A copy that anybody may print and keep: texts and stacks of the original and its causes, and
  /// nothing of its classes. Made while whoever threw is still known to be inside, since making it
  /// runs that code once more.
  public static Throwable printable(Throwable thrown) {
    return copy(thrown, 0);
  }

  private static Copy copy(Throwable thrown, int depth) {
    String text = text(thrown);
    StackTraceElement[] stack = frames(thrown);
    Throwable cause = depth < MOST_CAUSES ? cause(thrown) : null;
    return new Copy(
        text.substring(0, Math.min(text.length(), MOST_CHARACTERS)),
        stack,
        cause == null ? null : copy(cause, depth + 1));
  }

  private static String text(Throwable thrown) {
    String name = thrown.getClass().getName();
    try {
      String text = thrown.toString();
      return text == null ? name : text;
    } catch (Throwable t) {
      return name + ", which throws " + t.getClass().getName() + " when it is printed";
    }
  }

  private static StackTraceElement[] frames(Throwable thrown) {
    try {
      return Arrays.stream(thrown.getStackTrace())
          .limit(MOST_FRAMES)
          .filter(Objects::nonNull)
          .toArray(StackTraceElement[]::new);
    } catch (Throwable _) {
      return new StackTraceElement[0];
    }
  }

  private static @Nullable Throwable cause(Throwable thrown) {
    try {
      return thrown.getCause();
    } catch (Throwable _) {
      return null;
    }
  }

  /// The texts of something that was thrown.
  @SuppressWarnings("OverrideThrowableToString") // it says what the original is, not what this is
  private static final class Copy extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    private final String text;

    Copy(String text, StackTraceElement[] stack, @Nullable Copy cause) {
      super(text, cause, false, true);
      this.text = text;
      setStackTrace(stack);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
