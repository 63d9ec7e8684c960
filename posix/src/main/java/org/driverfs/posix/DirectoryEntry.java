package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// One name of a directory, as getdents64(2) gives it.
///
/// @param name without any slash
/// @param kind what it is, where the file system says so
public record DirectoryEntry(String name, Kind kind) {
  private static final int BUFFER_SIZE = 32 << 10;
  private static final int TYPE_OFFSET = 18;
  private static final int NAME_OFFSET = 19;

  /// What a name stands for.
  public enum Kind {
    /// A regular file.
    FILE,
    /// A directory.
    DIRECTORY,
    /// A symbolic link.
    LINK,
    /// Anything else, or a file system that does not say.
    OTHER;

    private static Kind of(int type) {
      return switch (type) {
        case 4 -> DIRECTORY;
        case 8 -> FILE;
        case 10 -> LINK;
        default -> OTHER;
      };
    }
  }

  /// Reads a directory from the descriptor's position to its end, in the kernel's order, without
  /// `.` and `..`. The list is never in memory as a whole.
  ///
  /// @param directory open for reading, at its start unless part of it was read before
  /// @param consumer takes each entry
  public static void read(Descriptor directory, Consumer<DirectoryEntry> consumer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_SIZE, 8);
      while (true) {
        long size =
            SystemCalls.ofThread()
                .call(Abi.GETDENTS64, directory.number(), buffer.address(), BUFFER_SIZE, 0);
        if (Failure.check(size, directory.toString(), "cannot be listed") == 0) {
          return;
        }
        decode(buffer.asSlice(0, size), consumer);
      }
    }
  }

  private static void decode(MemorySegment entries, Consumer<DirectoryEntry> consumer) {
    for (long at = 0; at < entries.byteSize(); ) {
      int length = Short.toUnsignedInt(entries.get(JAVA_SHORT, at + 16));
      String name = entries.getString(at + NAME_OFFSET, StandardCharsets.UTF_8);
      if (!name.equals(".") && !name.equals("..")) {
        consumer.accept(
            new DirectoryEntry(name, Kind.of(entries.get(JAVA_BYTE, at + TYPE_OFFSET))));
      }
      at += length;
    }
  }
}
