package org.driverfs.lab.thread;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A chart with horizontal bars on a logarithmic scale, as SVG: for each strategy one bar. Written
/// here since a charting library would need fonts of the machine to make it.
final class Plot {
  private static final int ROW = 22;
  private static final int LEFT = 110;
  private static final int WIDTH = 420;
  private static final int TOP = 34;

  private Plot() {}

  /// @param values for each strategy, above 0
  /// @param unit of the values
  static String bars(String title, String unit, Map<String, Double> values) {
    double most = values.values().stream().mapToDouble(it -> it).max().orElse(1);
    double least =
        values.values().stream().filter(it -> it > 0).mapToDouble(it -> it).min().orElse(1);
    int decades = (int) Math.ceil(Math.log10(most)) - (int) Math.floor(Math.log10(least));
    double from = Math.floor(Math.log10(least));
    double scale = (double) WIDTH / Math.max(1, decades);
    var svg = new StringBuilder();
    int height = TOP + ROW * values.size() + 10;
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="640" height="%d" viewBox="0 0 640 %d" \
        font-family="sans-serif" font-size="12">
        <rect width="640" height="%d" fill="white"/>
        <text x="8" y="20" font-weight="bold">%s (%s, logarithmic)</text>
        """
            .formatted(height, height, height, title, unit));
    int y = TOP;
    for (var each : List.copyOf(values.entrySet())) {
      double value = each.getValue();
      double width = value <= 0 ? 1 : Math.max(1, (Math.log10(value) - from) * scale);
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <text x="%d" y="%d" text-anchor="end">%s</text>
              <rect x="%d" y="%d" width="%.0f" height="%d" fill="%s"/>
              <text x="%.0f" y="%d">%s</text>
              """,
              LEFT - 8,
              y + 14,
              each.getKey(),
              LEFT,
              y + 3,
              width,
              ROW - 7,
              each.getKey().equals("driverfs") ? "#c2410c" : "#64748b",
              LEFT + width + 5,
              y + 14,
              number(value)));
      y += ROW;
    }
    return svg.append("</svg>\n").toString();
  }

  /// Three digits that count.
  static String number(double value) {
    if (value >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
  }
}
