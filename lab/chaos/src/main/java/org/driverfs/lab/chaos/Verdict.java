package org.driverfs.lab.chaos;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.driverfs.lab.chaos.Control.Answer;

/// What is right of an answer: a receipt, or words with the name of an error; where somebody was
/// waited for in vain, his name.
final class Verdict {
  private static final Pattern ERRNO = Pattern.compile("(?s).*\\((E[A-Z0-9]+)\\)\\s*");
  private static final Pattern NAMES =
      Pattern.compile("(?s).*(thread \\S|, pid \\d|its init still runs).*");
  private static final Pattern COLLECTED = Pattern.compile("class loader: (\\S+ ?\\S*)");

  private Verdict() {}

  /// How it came out, in a word or two, for a table.
  static String outcome(Answer answer) {
    if (answer.status() == 0) {
      var collected = COLLECTED.matcher(answer.out());
      return collected.find() ? "receipt, classes " + collected.group(1) : "done";
    }
    var errno = ERRNO.matcher(answer.err());
    return errno.matches() ? errno.group(1) : "status " + answer.status();
  }

  /// Whether a command ends with a receipt if it succeeds.
  static boolean owesReceipt(List<String> words) {
    return words.getFirst().equals("rmmod") || words.getFirst().equals("upgrade");
  }

  /// @return what is wrong with an answer
  static Optional<String> wrong(List<String> words, Answer answer) {
    String text = answer.err();
    if (text.contains("this is a bug")) {
      return Optional.of("a command finds a bug");
    }
    if (answer.status() == 0) {
      return owesReceipt(words) && !answer.out().startsWith("receipt ")
          ? Optional.of("no receipt")
          : Optional.empty();
    }
    var errno = ERRNO.matcher(text);
    if (answer.status() != 1 || !errno.matches()) {
      return Optional.of("an answer without an errno");
    }
    boolean isNamed = !errno.group(1).equals("ETIMEDOUT") || NAMES.matcher(text).matches();
    return isNamed ? Optional.empty() : Optional.of("a timeout without a name");
  }
}
