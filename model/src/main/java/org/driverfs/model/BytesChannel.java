package org.driverfs.model;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// Bytes of an object, a fixed number of them, read and written at any offset: the `bin_attribute`
/// of sysfs, with its rules. Reading at the end gives nothing; a write that goes past the end is
/// taken as far as there is room, and one that begins there is EFBIG.
///
/// @param reader null if they cannot be read
/// @param writer null if they cannot be written
record BytesChannel<T>(
    T object,
    long size,
    RawAttribute.@Nullable Reader<? super T> reader,
    RawAttribute.@Nullable Writer<? super T> writer)
    implements AttributeChannel {
  private static final int IN = 0x1;
  private static final int OUT = 0x4;

  /// @throws DriverfsException EACCES for what cannot be done
  static <T> BytesChannel<T> open(BytesChannel<T> channel, boolean reads, boolean writes) {
    if (reads && channel.reader == null) {
      throw new DriverfsException(Errno.EACCES, "", "cannot be read");
    }
    if (writes && channel.writer == null) {
      throw new DriverfsException(Errno.EACCES, "", "cannot be written");
    }
    return channel;
  }

  @Override
  public int read(long offset, MemorySegment into, long at, int length) throws Exception {
    int count = within(offset, length);
    if (count == 0) {
      return 0;
    }
    ByteBuffer buffer = into.asSlice(at, count).asByteBuffer();
    Objects.requireNonNull(reader).read(object, offset, buffer);
    return buffer.position();
  }

  @Override
  public int write(long offset, MemorySegment from, long at, int length) throws Exception {
    int count = within(offset, length);
    if (count == 0) {
      throw new DriverfsException(
          Errno.EFBIG, "", "has %d bytes; there is none at offset %d".formatted(size, offset));
    }
    ByteBuffer buffer = from.asSlice(at, count).asByteBuffer().asReadOnlyBuffer();
    Objects.requireNonNull(writer).write(object, offset, buffer);
    return count;
  }

  private int within(long offset, int length) {
    return (int) Math.max(0, Math.min(length, size - offset));
  }

  @Override
  public int poll(Runnable waker) {
    return IN | OUT;
  }

  @Override
  public void close() {}
}
