package org.driverfs.model;

import org.driverfs.lifetime.Caller;

/// An attribute whose bytes are somewhere else, such as in a file of the kernel.
///
/// @param <T> whose attribute it is
/// @param name the name
/// @param mode the permission bits
/// @param opener opens it
public record RawAttribute<T>(String name, int mode, Opener<? super T> opener)
    implements Attribute<T> {
  /// Opens an attribute for a client.
  @FunctionalInterface
  public interface Opener<T> {
    /// @param reads whether the client will read
    /// @param writes whether the client will write
    /// @param caller on whose behalf; wider rights than the caller's must not be used
    AttributeChannel open(T object, boolean reads, boolean writes, Caller caller) throws Exception;
  }
}
