package org.driverfs.model;

import org.jspecify.annotations.Nullable;

/// An attribute whose value is a text.
///
/// The callbacks may throw anything: a [org.driverfs.errno.DriverfsException] answers its errno,
/// anything else EIO. One whose path is empty is given the path of the file. They are called by any
/// thread, several at once, with no lock held.
///
/// @param <T> whose attribute it is
/// @param name the name
/// @param mode the permission bits
/// @param show gives the value, without a newline at its end; null if it cannot be read
/// @param store takes a value, without a newline at its end; null if it cannot be written
/// @param schema what is known of the value; the callbacks see to it that it is true
public record TextAttribute<T>(
    String name,
    int mode,
    @Nullable Show<? super T> show,
    @Nullable Store<? super T> store,
    Schema schema)
    implements Attribute<T> {
  /// Gives the value.
  @FunctionalInterface
  public interface Show<T> {
    /// @return the value, without a newline at its end
    String show(T object) throws Exception;
  }

  /// Takes a value.
  @FunctionalInterface
  public interface Store<T> {
    /// @param value what was written, without the newline at its end
    void store(T object, String value) throws Exception;
  }

  /// Whether it changes only when [Model#changed] says so.
  public boolean isConstant() {
    return schema.isConstant();
  }
}
