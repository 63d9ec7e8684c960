package org.driverfs.lab.chaos;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What the modules of chaos did, as they count it: a callback, a deed and a number in each line.
final class Deeds {
  private static final int WIDTH = 120;

  private Deeds() {}

  /// For people: each callback with its deeds.
  static String table(String counts) {
    Map<String, String> byCallback =
        counts
            .lines()
            .map(line -> line.split(" ", 3))
            .filter(words -> words.length == 3)
            .collect(
                Collectors.groupingBy(
                    words -> words[0],
                    TreeMap::new,
                    Collectors.mapping(
                        words -> words[1].toLowerCase(java.util.Locale.ROOT) + " " + words[2],
                        Collectors.joining(", "))));
    return byCallback.entrySet().stream()
        .map(each -> "%-16s %s".formatted(each.getKey(), wrapped(each.getValue())))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String wrapped(String text) {
    var lines = new StringBuilder();
    int length = 0;
    for (String each : text.split(", ", -1)) {
      if (length > 0 && length + each.length() > WIDTH) {
        lines.append(",\n").append(" ".repeat(17));
        length = 0;
      } else if (length > 0) {
        lines.append(", ");
      }
      lines.append(each);
      length += each.length() + 2;
    }
    return lines.toString();
  }
}
