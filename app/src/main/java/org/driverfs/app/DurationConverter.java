package org.driverfs.app;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a time such as `500ms`, `2s`, `2.5s` or `1m`; a number alone is in seconds. It is a year
/// at most.
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Duration MOST = Duration.ofDays(365);
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)(ms|s|m|)");

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("'" + text + "' is no time; write it like 500ms, 2s or 1m");
    }
    long unit =
        switch (form.group(2)) {
          case "ms" -> 1_000_000;
          case "m" -> 60_000_000_000L;
          default -> 1_000_000_000;
        };
    BigDecimal nanos = new BigDecimal(form.group(1)).multiply(BigDecimal.valueOf(unit));
    if (nanos.compareTo(BigDecimal.valueOf(MOST.toNanos())) > 0) {
      throw new TypeConversionException("'" + text + "' is more than a year");
    }
    return Duration.ofNanos(nanos.longValue());
  }
}
