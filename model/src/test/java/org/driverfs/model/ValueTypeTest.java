package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.driverfs.model.World.assertErrno;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What texts are values, and what is said of those that are not.
class ValueTypeTest {
  private enum Duplex {
    HALF,
    FULL
  }

  private static final Map<String, ValueType<?>> TYPES =
      Map.of(
          "text", ValueType.text(4),
          "integer", ValueType.integer(68, 9000).in("bytes"),
          "long", ValueType.longInteger(Long.MIN_VALUE, Long.MAX_VALUE),
          "decimal", ValueType.decimal(new BigDecimal("0.5"), new BigDecimal("2")).in("V"),
          "boolean", ValueType.bool(),
          "enumeration", ValueType.enumeration(Duplex.class),
          "oneOf", ValueType.oneOf(List.of("10", "100", "1000")).in("Mbit/s"));

  @ParameterizedTest
  @CsvSource({
    "text,''",
    "text,abcd",
    "text,ßß",
    "integer,68",
    "integer,9000",
    "long,-9223372036854775808",
    "long,9223372036854775807",
    "decimal,0.5",
    "decimal,1.250",
    "boolean,0",
    "boolean,1",
    "enumeration,half",
    "oneOf,100"
  })
  void parse_aValue_isWrittenTheSameWay(String type, String text) {
    assertThat(formatParsed(type(type), text)).isEqualTo(text);
  }

  private static ValueType<?> type(String key) {
    return Objects.requireNonNull(TYPES.get(key));
  }

  private static <V> String formatParsed(ValueType<V> type, String text) {
    return type.format(type.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text|abcde|EFBIG|takes a text of at most 4 bytes, not 5",
        "text|ßßß|EFBIG|takes a text of at most 4 bytes, not 6",
        "integer|67|ERANGE|takes a whole number from 68 to 9000 bytes, not '67'",
        "integer|9001|ERANGE|takes a whole number from 68 to 9000 bytes, not '9001'",
        "integer|99999999999|ERANGE|takes a whole number from 68 to 9000 bytes, not '99999999999'",
        "integer|x|EINVAL|takes a whole number from 68 to 9000 bytes, not 'x'",
        "integer|''|EINVAL|takes a whole number from 68 to 9000 bytes, not ''",
        "integer|' 70'|EINVAL|takes a whole number from 68 to 9000 bytes, not ' 70'",
        "integer|70.0|EINVAL|takes a whole number from 68 to 9000 bytes, not '70.0'",
        "integer|٧٠|EINVAL|takes a whole number from 68 to 9000 bytes, not '٧٠'",
        "decimal|0.49|ERANGE|takes a decimal number from 0.5 to 2 V, not '0.49'",
        "decimal|1e0|EINVAL|takes a decimal number from 0.5 to 2 V, not '1e0'",
        "boolean|yes|EINVAL|takes 0 or 1, not 'yes'",
        "enumeration|HALF|EINVAL|takes half or full, not 'HALF'",
        "oneOf|1|EINVAL|takes one of 10, 100, 1000 Mbit/s, not '1'",
      })
  void parse_noValue_saysWhatIsAllowed(String type, String text, Errno errno, String sentence) {
    var thrown = assertErrno(errno, () -> type(type).parse(text));
    assertThat(thrown.sentence()).isEqualTo(sentence);
    assertThat(thrown.path()).isEmpty();
    assertThat(thrown.at("nic/mtu")).hasMessage("nic/mtu: " + sentence + " (" + errno + ")");
  }

  @Test
  void parse_longBeyondItsBits_isOutOfRange() {
    assertErrno(Errno.ERANGE, () -> type("long").parse("9223372036854775808"));
  }

  @Test
  void parse_endlessDigits_isRefusedAndNotRepeated() {
    String digits = "7".repeat(1 << 19);
    for (String type : List.of("integer", "decimal", "enumeration")) {
      var thrown = assertErrno(Errno.EINVAL, () -> type(type).parse(digits));
      assertThat(thrown.sentence()).endsWith("not '" + "7".repeat(40) + "…'").hasSizeLessThan(120);
    }
  }

  @Test
  void parse_plusAndZeros_areTheSameNumber() {
    assertThat(ValueType.integer(0, 10).parse("+007")).isEqualTo(7);
  }

  @Test
  void format_whatIsNoChoice_isAnError() {
    assertErrno(Errno.EIO, () -> ValueType.oneOf(List.of("a", "b")).format("c"));
  }

  @Test
  void format_decimal_hasNoExponent() {
    var type = ValueType.decimal(BigDecimal.ZERO, BigDecimal.TEN);
    assertThat(type.format(new BigDecimal("1E-9"))).isEqualTo("0.000000001");
  }

  @ParameterizedTest
  @MethodSource("names")
  void name_ofEachType_isTheOneItIsFoundBy(String key) {
    assertThat(type(key).name()).isEqualTo(key.equals("oneOf") ? "enumeration" : key);
  }

  static List<String> names() {
    return List.copyOf(TYPES.keySet());
  }

  @Test
  void limits_areThoseThatWereGiven() {
    assertThat(type("text").limits()).containsExactly(Map.entry("max_length", 4));
    assertThat(ValueType.ANY_TEXT.limits()).isEmpty();
    assertThat(type("integer").limits()).hasToString("{min=68, max=9000}");
    assertThat(type("enumeration").limits()).hasToString("{values=[half, full]}");
    assertThatThrownBy(() -> ValueType.integer(2, 1)).hasMessageContaining("from 2 to 1");
  }
}
