package org.driverfs.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildProcessTest {
  @Test
  void start_withDescriptorAndEnvironment_hasBoth() {
    try (Pipe pipe = Pipe.open()) {
      var command = List.of("sh", "-c", "printf %s \"$GREETING\" >&7; exit 3");
      ChildProcess child =
          ChildProcess.start(command, Map.of("GREETING", "hello"), Map.of(7, pipe.input()));
      assertThat(child.await()).isEqualTo(3);
      pipe.input().close();
      assertThat(readAll(pipe.output())).isEqualTo("hello");
    }
  }

  @Test
  void start_descriptorUnderItsOwnNumber_isInherited() {
    try (Pipe pipe = Pipe.open()) {
      int number = pipe.input().number();
      var command = List.of("sh", "-c", "printf same >/proc/self/fd/" + number);
      assertThat(ChildProcess.start(command, Map.of(), Map.of(number, pipe.input())).await())
          .isZero();
      pipe.input().close();
      assertThat(readAll(pipe.output())).isEqualTo("same");
    }
  }

  @Test
  void await_killedProcess_tellsTheSignal() {
    var command = List.of("sh", "-c", "kill -9 $$");
    ChildProcess child = ChildProcess.start(command, Map.of(), Map.of());
    assertThat(child.pid()).isPositive();
    assertThat(child.await()).isEqualTo(128 + 9);
  }

  @Test
  void start_unknownProgram_isNamed() {
    assertThatThrownBy(() -> ChildProcess.start(List.of("no-such-program"), Map.of(), Map.of()))
        .hasMessage("no-such-program: cannot be started (ENOENT)");
  }

  private static String readAll(Descriptor from) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(64);
      long size = new SystemCalls().read(from.number(), buffer.address(), 64);
      return new String(buffer.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE), UTF_8);
    }
  }
}
