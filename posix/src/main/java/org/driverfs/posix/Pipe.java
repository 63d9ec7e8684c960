package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// pipe(2): what is written to one end is read from the other.
///
/// @param output the end to read from
/// @param input the end to write to
public record Pipe(Descriptor output, Descriptor input) implements AutoCloseable {

  /// A new, empty pipe.
  public static Pipe open() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      long result = SystemCalls.ofThread().call(Abi.PIPE2, ends.address(), OpenFlags.CLOEXEC, 0, 0);
      Failure.check(result, "pipe", "cannot be created");
      return new Pipe(
          Descriptor.of(ends.getAtIndex(JAVA_INT, 0)), Descriptor.of(ends.getAtIndex(JAVA_INT, 1)));
    }
  }

  @Override
  public void close() {
    output.close();
    input.close();
  }
}
