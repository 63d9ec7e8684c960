package org.driverfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Where one reply to the kernel is put together: header and body, each with an address of its own.
///
/// A worker has one, for all its replies. Offsets are those of linux/fuse.h.
final class Reply {
  /// The size of `struct fuse_out_header`.
  static final int HEADER = 16;

  private final MemorySegment memory;
  private final long header;
  private final long body;

  /// @param memory what the transport sends, header and body one after another
  Reply(MemorySegment memory) {
    this.memory = memory;
    this.header = 0;
    this.body = HEADER;
  }

  /// Fills in the header.
  ///
  /// @param unique the request that this answers, or 0
  /// @param result the length of the body, or a negative error number; of a notification, its code
  /// @return the length of the whole, in bytes
  int finish(long unique, int result) {
    int length = HEADER + Math.max(0, result);
    memory.set(JAVA_INT_UNALIGNED, header, length);
    memory.set(JAVA_INT_UNALIGNED, header + 4, Math.min(0, result));
    memory.set(JAVA_LONG_UNALIGNED, header + 8, unique);
    return length;
  }

  /// Fills in the header of a notification.
  ///
  /// @param code `enum fuse_notify_code`
  /// @param size the length of the body, in bytes
  /// @return the length of the whole, in bytes
  int finishNotice(int code, int size) {
    memory.set(JAVA_INT_UNALIGNED, header, HEADER + size);
    memory.set(JAVA_INT_UNALIGNED, header + 4, code);
    memory.set(JAVA_LONG_UNALIGNED, header + 8, 0);
    return HEADER + size;
  }

  long address() {
    return memory.address();
  }

  MemorySegment body() {
    return memory;
  }

  /// Where in [#body] the body begins.
  long bodyAt() {
    return body;
  }

  /// How long a body may be, in bytes.
  int capacity() {
    return (int) (memory.byteSize() - body);
  }

  void int16(int offset, int value) {
    memory.set(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED, body + offset, (short) value);
  }

  void int32(int offset, int value) {
    memory.set(JAVA_INT_UNALIGNED, body + offset, value);
  }

  void int64(int offset, long value) {
    memory.set(JAVA_LONG_UNALIGNED, body + offset, value);
  }

  long int64(int offset) {
    return memory.get(JAVA_LONG_UNALIGNED, body + offset);
  }

  int int32(int offset) {
    return memory.get(JAVA_INT_UNALIGNED, body + offset);
  }

  void bytes(int offset, byte[] value) {
    MemorySegment.copy(
        value, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, body + offset, value.length);
  }

  void zero(int offset, int size) {
    memory.asSlice(body + offset, size).fill((byte) 0);
  }
}
