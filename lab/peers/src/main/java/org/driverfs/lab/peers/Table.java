package org.driverfs.lab.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Rows under a head, aligned for people and as CSV.
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  /// @param head with commas between
  Table(String head) {
    rows.add(List.of(head.split(",", -1)));
  }

  /// @param cells texts, whole numbers, and others, which get two digits
  void add(Object... cells) {
    rows.add(Stream.of(cells).map(Table::text).toList());
  }

  private static String text(Object cell) {
    return cell instanceof Double number
        ? String.format(Locale.ROOT, "%.2f", number)
        : cell.toString();
  }

  void print(String title) {
    System.out.printf("%n%s%n", title);
    int[] widths =
        IntStream.range(0, rows.getFirst().size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
            .toArray();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String format = i == 0 ? "%-" + widths[i] + "s" : "  %" + widths[i] + "s";
        line.append(String.format(Locale.ROOT, format, row.get(i)));
      }
      System.out.println(line);
    }
  }

  List<String> csv() {
    return rows.stream()
        .map(row -> row.stream().map(Table::quoted).collect(Collectors.joining(",")))
        .toList();
  }

  private static String quoted(String cell) {
    return cell.contains(",") || cell.contains("\"")
        ? '"' + cell.replace("\"", "\"\"") + '"'
        : cell;
  }
}
