package org.driverfs.model;

import java.nio.ByteBuffer;
import org.driverfs.lifetime.Caller;

/// An attribute whose bytes are somewhere else, such as in a file of the kernel or in the memory of
/// a device.
///
/// @param <T> whose attribute it is
/// @param name the name
/// @param mode the permission bits
/// @param opener opens it
/// @param size how many bytes it has; -1 if that is not known
/// @param description what it means, in a sentence; may be empty
public record RawAttribute<T>(
    String name, int mode, Opener<? super T> opener, long size, String description)
    implements Attribute<T> {
  /// Opens an attribute for a client.
  @FunctionalInterface
  public interface Opener<T> {
    /// @param reads whether the client will read
    /// @param writes whether the client will write
    /// @param caller on whose behalf; wider rights than the caller's must not be used
    AttributeChannel open(T object, boolean reads, boolean writes, Caller caller) throws Exception;
  }

  /// Reads bytes of an object.
  @FunctionalInterface
  public interface Reader<T> {
    /// @param offset where to begin, in bytes
    /// @param into where they go; it is not larger than what is left. What is not filled is not
    ///   read
    void read(T object, long offset, ByteBuffer into) throws Exception;
  }

  /// Writes bytes of an object.
  @FunctionalInterface
  public interface Writer<T> {
    /// @param offset where to begin, in bytes
    /// @param from what to write, all of it; it is not larger than what is left
    void write(T object, long offset, ByteBuffer from) throws Exception;
  }

  /// An attribute of which no more is known.
  public RawAttribute(String name, int mode, Opener<? super T> opener) {
    this(name, mode, opener, -1, "");
  }

  /// The same, with a sentence on what it means.
  public RawAttribute<T> description(String newDescription) {
    return new RawAttribute<>(name, mode, opener, size, newDescription);
  }
}
