package org.driverfs.model;

import java.util.function.Function;

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
    return new TextAttribute<>(name, 0444, show, null, false);
  }

  /// A text that can be read and written (0644).
  ///
  /// @param show gives the value, without a newline at its end
  /// @param store takes a value, without a newline at its end
  static <T> TextAttribute<T> readWrite(
      String name, TextAttribute.Show<? super T> show, TextAttribute.Store<? super T> store) {
    return new TextAttribute<>(name, 0644, show, store, false);
  }

  /// A text that can be written (0200).
  ///
  /// @param store takes a value, without a newline at its end
  static <T> TextAttribute<T> writeOnly(String name, TextAttribute.Store<? super T> store) {
    return new TextAttribute<>(name, 0200, null, store, false);
  }

  /// A text that changes only when [Model#changed] says so: clients may keep it.
  ///
  /// @param show gives the value, without a newline at its end
  static <T> TextAttribute<T> constant(String name, TextAttribute.Show<? super T> show) {
    return new TextAttribute<>(name, 0444, show, null, true);
  }
}
