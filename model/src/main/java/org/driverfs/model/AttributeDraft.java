package org.driverfs.model;

import org.jspecify.annotations.Nullable;

/// A typed attribute of which it is not said yet where its value comes from:
///
///     Attribute.integer("mtu", 68, 9000).unit("bytes").readWrite(Nic::mtu, Nic::setMtu)
///
/// Its store gets values that are of the type and within the range; what else is written is refused
/// before, with a sentence that says what is allowed.
///
/// @param <V> what a value is in Java
/// @param name the name
/// @param type which values there are
/// @param description what it means, in a sentence; may be empty
public record AttributeDraft<V>(String name, ValueType<V> type, String description) {
  /// Gives the value.
  @FunctionalInterface
  public interface Show<T, V> {
    /// The value now.
    V show(T object) throws Exception;
  }

  /// Takes a value.
  @FunctionalInterface
  public interface Store<T, V> {
    /// @param value one of the attribute's type
    void store(T object, V value) throws Exception;
  }

  /// The same, counted in a unit.
  public AttributeDraft<V> unit(String unit) {
    return new AttributeDraft<>(name, type.in(unit), description);
  }

  /// The same, with a sentence on what it means.
  public AttributeDraft<V> description(String newDescription) {
    return new AttributeDraft<>(name, type, newDescription);
  }

  /// It can be read (0444).
  public <T> TextAttribute<T> readOnly(Show<? super T, V> show) {
    return attribute(0444, show, null, false);
  }

  /// It can be read and written (0644).
  public <T> TextAttribute<T> readWrite(Show<? super T, V> show, Store<? super T, V> store) {
    return attribute(0644, show, store, false);
  }

  /// It can be written (0200).
  public <T> TextAttribute<T> writeOnly(Store<? super T, V> store) {
    return attribute(0200, null, store, false);
  }

  /// It can be read, and changes only when [Model#changed] says so: clients may keep it.
  public <T> TextAttribute<T> constant(Show<? super T, V> show) {
    return attribute(0444, show, null, true);
  }

  private <T> TextAttribute<T> attribute(
      int mode,
      @Nullable Show<? super T, V> show,
      @Nullable Store<? super T, V> store,
      boolean isConstant) {
    return new TextAttribute<>(
        name,
        mode,
        show == null ? null : object -> type.format(show.show(object)),
        store == null ? null : (object, text) -> store.store(object, type.parse(text)),
        new Schema(type, isConstant, description));
  }
}
