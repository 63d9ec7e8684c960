package org.driverfs.app;

import java.util.Comparator;
import java.util.List;

/// Rows of text in columns.
final class Table {
  /// By the first column, then by the second and so on.
  static final Comparator<List<String>> ORDER = Comparator.comparing(row -> String.join("\0", row));

  private Table() {}

  /// Prints rows; a person gets the names of the columns too.
  static void print(Session session, List<String> header, List<List<String>> rows) {
    int[] widths = new int[header.size()];
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] = header.get(i).length();
      rows.forEach(row -> widths[column] = Math.max(widths[column], row.get(column).length()));
    }
    if (session.terminal()) {
      print(session, header, widths);
    }
    rows.forEach(row -> print(session, row, widths));
  }

  private static void print(Session session, List<String> row, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < widths.length - 1; i++) {
      line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
    }
    session.out().println(line.append(row.getLast()));
  }
}
