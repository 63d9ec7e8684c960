package org.driverfs.model;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What values an attribute takes, and how they are written as text.
///
/// A text that is none of them is refused with a sentence that says which are. A value has one
/// text; a number may also be written with a plus or with zeros before it.
///
/// @param <V> what a value is in Java
public sealed interface ValueType<V> permits ChoiceType, NumberType, TextType {
  /// Any text.
  ValueType<String> ANY_TEXT = text(Integer.MAX_VALUE);

  /// Texts.
  ///
  /// @param maxLength how long they may be, in bytes of UTF-8
  static ValueType<String> text(int maxLength) {
    return new TextType(maxLength, "");
  }

  /// Whole numbers, both limits included.
  static ValueType<Integer> integer(int min, int max) {
    return new NumberType<>(
        NumberType.Kind.INTEGER,
        BigDecimal.valueOf(min),
        BigDecimal.valueOf(max),
        BigDecimal::intValueExact,
        "");
  }

  /// Whole numbers of 64 bits, both limits included.
  static ValueType<Long> longInteger(long min, long max) {
    return new NumberType<>(
        NumberType.Kind.LONG,
        BigDecimal.valueOf(min),
        BigDecimal.valueOf(max),
        BigDecimal::longValueExact,
        "");
  }

  /// Decimal numbers with a point and no exponent, both limits included.
  static ValueType<BigDecimal> decimal(BigDecimal min, BigDecimal max) {
    return new NumberType<>(NumberType.Kind.DECIMAL, min, max, number -> number, "");
  }

  /// True and false, written as 1 and 0.
  static ValueType<Boolean> bool() {
    SequencedMap<String, Boolean> choices = new LinkedHashMap<>();
    choices.put("0", false);
    choices.put("1", true);
    return new ChoiceType<>("boolean", choices, "");
  }

  /// The constants of an enum, written as their names in lower case.
  static <E extends Enum<E>> ValueType<E> enumeration(Class<E> of) {
    SequencedMap<String, E> choices = new LinkedHashMap<>();
    for (E constant : of.getEnumConstants()) {
      choices.put(constant.name().toLowerCase(Locale.ROOT), constant);
    }
    return new ChoiceType<>(ChoiceType.ENUMERATION, choices, "");
  }

  /// Some texts and no others.
  static ValueType<String> oneOf(List<String> texts) {
    SequencedMap<String, String> choices = new LinkedHashMap<>();
    texts.forEach(text -> choices.put(text, text));
    return new ChoiceType<>(ChoiceType.ENUMERATION, choices, "");
  }

  /// `text`, `integer`, `long`, `decimal`, `boolean` or `enumeration`.
  String name();

  /// What the values are counted in; empty for those that are not.
  String unit();

  /// The same values, counted in a unit.
  ValueType<V> in(String unit);

  /// The value that a text stands for.
  ///
  /// @throws DriverfsException EINVAL if it stands for none; ERANGE for a number that is too small
  ///   or too large; EFBIG for a text that is too long. It does not say where: see
  ///   [DriverfsException#at]
  V parse(String text);

  /// The text that stands for a value.
  String format(V value);

  /// The values in words, such as "a whole number from 68 to 9000".
  String allowed();

  /// What limits the values, by name: `min` and `max` (numbers), `values` (a list of texts), or
  /// `max_length` (a number, in bytes); empty if nothing does.
  Map<String, Object> limits();

  /// What is thrown for a text that is none of the values.
  default DriverfsException refusal(Errno errno, String text) {
    int most = 40;
    String shown = text.length() > most ? text.substring(0, most) + "…" : text;
    String counted = unit().isEmpty() ? "" : " " + unit();
    return new DriverfsException(
        errno, "", "takes " + allowed() + counted + ", not '" + shown + "'");
  }
}
