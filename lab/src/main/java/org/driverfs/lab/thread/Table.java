package org.driverfs.lab.thread;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/// Figures, with a row for each strategy.
final class Table {
  private final Map<String, Map<String, Double>> rows = new LinkedHashMap<>();
  private final Set<String> columns = new LinkedHashSet<>();

  void put(String row, String column, double value) {
    columns.add(column);
    rows.computeIfAbsent(row, _ -> new LinkedHashMap<>()).put(column, value);
  }

  double get(String row, String column) {
    Double value = rows.getOrDefault(row, Map.of()).get(column);
    if (value == null) {
      throw new NoSuchElementException(row + ", " + column);
    }
    return value;
  }

  /// One figure of each row.
  Map<String, Double> column(String name) {
    Map<String, Double> column = new LinkedHashMap<>();
    rows.keySet().forEach(row -> column.put(row, get(row, name)));
    return column;
  }

  void print(String title) {
    System.out.printf("%n%s%n%-12s", title, "");
    columns.forEach(column -> System.out.printf("%12s", column));
    for (String row : rows.keySet()) {
      System.out.printf("%n%-12s", row);
      columns.forEach(column -> System.out.printf("%12s", Plot.number(get(row, column))));
    }
    System.out.println();
  }
}
