package org.driverfs.model;

import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// The attributes that objects of a kind have.
///
/// @param <T> whose attributes they are
public interface AttributeSet<T> {
  /// All that this object has now, in a stable order.
  List<? extends Attribute<? super T>> list(T object);

  /// The attribute of that name.
  ///
  /// @return null if the object has none
  @Nullable Attribute<? super T> find(T object, String name);

  /// Whether the two run code that may take its time or fail, or answer differently for different
  /// objects or from time to time.
  default boolean isDynamic() {
    return true;
  }

  /// Of these attributes those that are visible for an object: it has no others, neither listed nor
  /// found. It is asked each time; whoever lets the answer change says so with
  /// [Model#visibilityChanged].
  ///
  /// @param isVisible may be called by any thread, with no lock held
  default AttributeSet<T> visibleIf(
      BiPredicate<? super T, ? super Attribute<? super T>> isVisible) {
    return new VisibleAttributes<>(this, isVisible);
  }

  /// Whether a set is one of [#of], so that nobody's code runs when it is asked.
  static boolean isFixed(AttributeSet<?> set) {
    return set instanceof FixedAttributes;
  }

  /// No attributes.
  static <T> AttributeSet<T> none() {
    return of(List.of());
  }

  /// Always the same attributes. If two have one name, the first is found.
  static <T> AttributeSet<T> of(List<? extends Attribute<? super T>> attributes) {
    return new FixedAttributes<>(List.copyOf(attributes));
  }
}
