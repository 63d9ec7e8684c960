package org.driverfs.app;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a time such as `500ms`, `2s`, `2.5s` or `1m`; a number alone is in seconds.
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)(ms|s|m|)");

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("'" + text + "' is no time; write it like 500ms, 2s or 1m");
    }
    double number = Double.parseDouble(form.group(1));
    double seconds =
        switch (form.group(2)) {
          case "ms" -> number / 1000;
          case "m" -> number * 60;
          default -> number;
        };
    return Duration.ofNanos((long) (seconds * 1e9));
  }
}
