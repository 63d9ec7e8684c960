package org.driverfs.model;

/// What a client may know of the value of an attribute before it reads it.
///
/// @param type which values there are
/// @param isConstant whether it changes only when [Model#changed] says so
/// @param description what it means, in a sentence; may be empty
public record Schema(ValueType<?> type, boolean isConstant, String description) {
  /// A text of which nothing is known.
  static final Schema ANY_TEXT = new Schema(ValueType.ANY_TEXT, false, "");
}
