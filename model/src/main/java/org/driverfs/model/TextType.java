package org.driverfs.model;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Texts up to a length.
record TextType(int maxLength, String unit) implements ValueType<String> {
  @Override
  public String name() {
    return "text";
  }

  @Override
  public TextType in(String newUnit) {
    return new TextType(maxLength, newUnit);
  }

  @Override
  public String parse(String text) {
    int length = isLimited() ? text.getBytes(StandardCharsets.UTF_8).length : 0;
    if (length > maxLength) {
      throw new DriverfsException(Errno.EFBIG, "", "takes " + allowed() + ", not " + length);
    }
    return text;
  }

  @Override
  public String format(String value) {
    return value;
  }

  @Override
  public String allowed() {
    return isLimited() ? "a text of at most " + maxLength + " bytes" : "any text";
  }

  @Override
  public Map<String, Object> limits() {
    return isLimited() ? Map.of("max_length", maxLength) : Map.of();
  }

  private boolean isLimited() {
    return maxLength < Integer.MAX_VALUE;
  }
}
