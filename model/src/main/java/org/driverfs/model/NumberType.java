package org.driverfs.model;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.driverfs.errno.Errno;

/// Numbers from a smallest to a largest.
///
/// @param narrow makes one that is within the limits what it is in Java
record NumberType<V extends Number>(
    Kind kind, BigDecimal min, BigDecimal max, Function<BigDecimal, V> narrow, String unit)
    implements ValueType<V> {
  /// How a number is written: with so few digits that reading it takes no time.
  enum Kind {
    INTEGER("[+-]?[0-9]{1,100}", "a whole number"),
    LONG("[+-]?[0-9]{1,100}", "a whole number"),
    DECIMAL("[+-]?[0-9]{1,100}(\\.[0-9]{1,100})?", "a decimal number");

    private final Pattern written;
    private final String words;

    Kind(String written, String words) {
      this.written = Pattern.compile(written);
      this.words = words;
    }
  }

  NumberType {
    if (min.compareTo(max) > 0) {
      throw new IllegalArgumentException("there is no number from " + min + " to " + max);
    }
  }

  @Override
  public String name() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public NumberType<V> in(String newUnit) {
    return new NumberType<>(kind, min, max, narrow, newUnit);
  }

  @Override
  public V parse(String text) {
    if (!kind.written.matcher(text).matches()) {
      throw refusal(Errno.EINVAL, text);
    }
    var number = new BigDecimal(text);
    if (number.compareTo(min) < 0 || number.compareTo(max) > 0) {
      throw refusal(Errno.ERANGE, text);
    }
    return narrow.apply(number);
  }

  @Override
  public String format(V value) {
    return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
  }

  @Override
  public String allowed() {
    return "%s from %s to %s".formatted(kind.words, min.toPlainString(), max.toPlainString());
  }

  @Override
  public Map<String, Object> limits() {
    Map<String, Object> limits = new LinkedHashMap<>();
    limits.put("min", min);
    limits.put("max", max);
    return limits;
  }
}
