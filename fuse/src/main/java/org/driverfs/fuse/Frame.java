package org.driverfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// Where one request of the kernel stands in memory: header, arguments and payload, each with an
/// address of its own, so that it does not matter whether a transport delivers them in one piece.
///
/// A worker has one, for all its requests. Offsets are those of linux/fuse.h.
final class Frame {
  /// The size of `struct fuse_in_header`.
  static final int HEADER = 40;

  private final MemorySegment memory;
  private final long header;
  private final long arguments;

  /// @param memory what the transport fills with header, arguments and payload, one after another
  Frame(MemorySegment memory) {
    this.memory = memory;
    this.header = 0;
    this.arguments = HEADER;
  }

  int length() {
    return memory.get(JAVA_INT_UNALIGNED, header);
  }

  int opcode() {
    return memory.get(JAVA_INT_UNALIGNED, header + 4);
  }

  long unique() {
    return memory.get(JAVA_LONG_UNALIGNED, header + 8);
  }

  void unique(long unique) {
    memory.set(JAVA_LONG_UNALIGNED, header + 8, unique);
  }

  long node() {
    return memory.get(JAVA_LONG_UNALIGNED, header + 16);
  }

  int uid() {
    return memory.get(JAVA_INT_UNALIGNED, header + 24);
  }

  int gid() {
    return memory.get(JAVA_INT_UNALIGNED, header + 28);
  }

  /// The number of the thread that asks, not of its process.
  int thread() {
    return memory.get(JAVA_INT_UNALIGNED, header + 32);
  }

  int int32(int offset) {
    return memory.get(JAVA_INT_UNALIGNED, arguments + offset);
  }

  long int64(int offset) {
    return memory.get(JAVA_LONG_UNALIGNED, arguments + offset);
  }

  /// A text with a NUL behind it.
  ///
  /// @param argumentSize what stands before the payload, in bytes
  String text(int argumentSize) {
    return memory.getString(arguments + argumentSize, StandardCharsets.UTF_8);
  }

  /// Whether the payload ends with a text and its NUL.
  ///
  /// @param size of the payload, in bytes
  boolean endsText(int size) {
    return size > 0 && memory.get(JAVA_BYTE, length() - 1L) == 0;
  }

  /// Where the payload is.
  MemorySegment payload() {
    return memory;
  }

  /// Where in [#payload] the payload begins.
  ///
  /// @param argumentSize what stands before it, in bytes
  long payloadAt(int argumentSize) {
    return arguments + argumentSize;
  }
}
