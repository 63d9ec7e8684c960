package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Timeout;

/// What is written to an attribute is one of its values or is refused with a sentence that is no
/// longer than a person reads; a value has one text, which stands for it.
class ValueFuzzTest {
  private static final ValueType<Integer> INTEGER = ValueType.integer(68, 9000).in("bytes");
  private static final ValueType<Long> LONG = ValueType.longInteger(Long.MIN_VALUE, Long.MAX_VALUE);
  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final ValueType<BigDecimal> DECIMAL = ValueType.decimal(MOST.negate(), MOST);
  private static final List<ValueType<?>> OTHERS =
      List.of(
          ValueType.text(16),
          ValueType.ANY_TEXT,
          ValueType.bool(),
          ValueType.enumeration(Event.Action.class),
          ValueType.oneOf(List.of("10", "100", "")));

  @Timeout(5)
  @FuzzTest
  void parse_anyText_isAValueOrRefused(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    if (accepts(INTEGER, text)) {
      assertThat(INTEGER.parse(text)).isBetween(68, 9000);
    }
    if (accepts(LONG, text)) {
      assertThat(LONG.parse(text)).isEqualTo(Long.parseLong(text));
    }
    if (accepts(DECIMAL, text)) {
      assertThat(DECIMAL.parse(text)).isEqualByComparingTo(text);
    }
    OTHERS.forEach(type -> acceptsOnly(type, text));
  }

  private static <V> void acceptsOnly(ValueType<V> type, String text) {
    if (accepts(type, text)) {
      assertThat(type.format(type.parse(text))).isEqualTo(text);
    }
  }

  private static <V> boolean accepts(ValueType<V> type, String text) {
    V value;
    try {
      value = type.parse(text);
    } catch (DriverfsException refused) {
      assertThat(refused.errno()).isIn(Errno.EINVAL, Errno.ERANGE, Errno.EFBIG);
      assertThat(refused.getMessage()).hasSizeBetween(1, 250);
      return false;
    }
    String written = type.format(value);
    assertThat(type.parse(written)).isEqualTo(value);
    assertThat(type.format(type.parse(written))).isEqualTo(written);
    return true;
  }
}
