package org.driverfs.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Something of an object that can be read or written by name.
///
/// An attribute is written down once and serves any number of objects.
///
/// @param <T> whose attribute it is
public sealed interface Attribute<T>
    permits Attribute.Group, Attribute.LinkTo, RawAttribute, TextAttribute {
  /// The name.
  String name();

  /// Attributes under a name of their own.
  ///
  /// @param name the name of the group
  /// @param attributes what is in it
  record Group<T>(String name, AttributeSet<? super T> attributes) implements Attribute<T> {}

  /// A reference to another place, as a relative path.
  ///
  /// @param name the name
  /// @param path gives the path, relative to where the object is
  record LinkTo<T>(String name, Function<? super T, String> path) implements Attribute<T> {}

  /// A text that can be read.
  ///
  /// @param show gives the value, without a newline at its end
  static <T> TextAttribute<T> readOnly(String name, TextAttribute.Show<? super T> show) {
    return new TextAttribute<>(name, 0444, show, null, Schema.ANY_TEXT);
  }

  /// A text that can be read and written (0644).
  ///
  /// @param show gives the value, without a newline at its end
  /// @param store takes a value, without a newline at its end
  static <T> TextAttribute<T> readWrite(
      String name, TextAttribute.Show<? super T> show, TextAttribute.Store<? super T> store) {
    return new TextAttribute<>(name, 0644, show, store, Schema.ANY_TEXT);
  }

  /// A text that can be written (0200).
  ///
  /// @param store takes a value, without a newline at its end
  static <T> TextAttribute<T> writeOnly(String name, TextAttribute.Store<? super T> store) {
    return new TextAttribute<>(name, 0200, null, store, Schema.ANY_TEXT);
  }

  /// A text that changes only when [Model#changed] says so: clients may keep it.
  ///
  /// @param show gives the value, without a newline at its end
  static <T> TextAttribute<T> constant(String name, TextAttribute.Show<? super T> show) {
    return new TextAttribute<>(name, 0444, show, null, new Schema(ValueType.ANY_TEXT, true, ""));
  }

  /// A text.
  ///
  /// @param maxLength how long it may be, in bytes of UTF-8
  static AttributeDraft<String> text(String name, int maxLength) {
    return draft(name, ValueType.text(maxLength));
  }

  /// A whole number, both limits included.
  static AttributeDraft<Integer> integer(String name, int min, int max) {
    return draft(name, ValueType.integer(min, max));
  }

  /// A whole number of 64 bits, both limits included.
  static AttributeDraft<Long> longInteger(String name, long min, long max) {
    return draft(name, ValueType.longInteger(min, max));
  }

  /// A decimal number, both limits included.
  static AttributeDraft<BigDecimal> decimal(String name, BigDecimal min, BigDecimal max) {
    return draft(name, ValueType.decimal(min, max));
  }

  /// True or false, as 1 or 0.
  static AttributeDraft<Boolean> bool(String name) {
    return draft(name, ValueType.bool());
  }

  /// A constant of an enum, by its name in lower case.
  static <E extends Enum<E>> AttributeDraft<E> enumeration(String name, Class<E> of) {
    return draft(name, ValueType.enumeration(of));
  }

  /// One of some texts.
  static AttributeDraft<String> oneOf(String name, String... texts) {
    return draft(name, ValueType.oneOf(List.of(texts)));
  }

  /// A number of bytes, read and written at any offset, with the rules of sysfs: reading at the end
  /// gives nothing, a write is taken as far as there is room, and at the end it is EFBIG.
  ///
  /// @param size how many there are
  /// @param reader null if they cannot be read
  /// @param writer null if they cannot be written
  static <T> RawAttribute<T> bytes(
      String name,
      long size,
      RawAttribute.@Nullable Reader<? super T> reader,
      RawAttribute.@Nullable Writer<? super T> writer) {
    int mode = (reader == null ? 0 : 0444) | (writer == null ? 0 : 0200);
    return new RawAttribute<>(
        name,
        mode,
        (object, reads, writes, _) ->
            BytesChannel.open(new BytesChannel<>(object, size, reader, writer), reads, writes),
        size,
        "");
  }

  private static <V> AttributeDraft<V> draft(String name, ValueType<V> type) {
    return new AttributeDraft<>(name, type, "");
  }
}
