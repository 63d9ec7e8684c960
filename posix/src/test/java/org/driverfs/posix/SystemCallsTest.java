package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemCallsTest {
  private final SystemCalls calls = new SystemCalls();

  @TempDir Path directory;

  @Test
  void write_thenPread_givesTheSameBytes() throws Exception {
    Path file = directory.resolve("file");
    try (Arena arena = Arena.ofConfined();
        Descriptor open = create(file)) {
      MemorySegment text = arena.allocateFrom("hello");
      assertThat(calls.write(open.number(), text.address(), 5)).isEqualTo(5);
      assertThat(calls.pwrite(open.number(), text.address(), 2, 5)).isEqualTo(2);
      assertThat(Files.readString(file)).isEqualTo("hellohe");
      MemorySegment back = arena.allocate(8);
      assertThat(calls.pread(open.number(), back.address(), 8, 4)).isEqualTo(3);
      assertThat(back.getString(0)).isEqualTo("ohe");
      assertThat(calls.read(open.number(), back.address(), 8)).isEqualTo(2);
    }
  }

  @Test
  void writev_severalPieces_areWrittenInOrder() throws Exception {
    Path file = directory.resolve("file");
    try (Arena arena = Arena.ofConfined();
        Descriptor open = create(file)) {
      MemorySegment text = arena.allocateFrom("abcdef");
      MemorySegment vector =
          arena.allocateFrom(JAVA_LONG, text.address() + 3, 3, text.address(), 2);
      assertThat(calls.writev(open.number(), vector.address(), 2)).isEqualTo(5);
      assertThat(Files.readString(file)).isEqualTo("defab");
    }
  }

  @Test
  void read_badDescriptor_answersTheNegativeErrorNumber() {
    assertThat(calls.read(-1, 0, 0)).isEqualTo(-Errno.EBADF.code());
  }

  @Test
  void ioctl_onAFile_isInappropriate() {
    try (Descriptor open = create(directory.resolve("file"))) {
      assertThat(calls.ioctl(open.number(), 0x5401, 0)).isEqualTo(-Errno.ENOTTY.code());
    }
  }

  @Test
  void fcntl_everyDescriptor_isClosedOnExec() {
    try (Descriptor open = create(directory.resolve("file"));
        Descriptor second = open.duplicate();
        Sockets.Pair pair = Sockets.pair(Sockets.SOCK_STREAM);
        Pipe pipe = Pipe.open()) {
      int getFlags = 1;
      for (Descriptor each : new Descriptor[] {open, second, pair.first(), pipe.input()}) {
        assertThat(calls.fcntl(each.number(), getFlags, 0)).isEqualTo(1);
      }
    }
  }

  @Test
  void hotCalls_onceCompiled_allocateNothing() {
    try (Arena arena = Arena.ofConfined();
        Descriptor zero = Descriptor.open("/dev/zero", OpenFlags.RDONLY)) {
      MemorySegment buffer = arena.allocate(JAVA_BYTE);
      transfer(zero.number(), buffer.address(), 200_000);
      long before = usedMemory();
      transfer(zero.number(), buffer.address(), 1_000_000);
      assertThat(usedMemory() - before)
          .as("two calls a round, 16 bytes an object")
          .isLessThan(16_000_000);
    }
  }

  private static long usedMemory() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private void transfer(int fd, long address, int times) {
    for (int i = 0; i < times; i++) {
      if (calls.read(fd, address, 1) != 1 || calls.pwrite(-1, address, 1, 0) >= 0) {
        throw new AssertionError("a call answered what it should not");
      }
    }
  }

  private static Descriptor create(Path file) {
    return Descriptor.WORKING_DIRECTORY.openAt(
        file.toString(), OpenFlags.RDWR | OpenFlags.CREAT | OpenFlags.EXCL, 0600);
  }
}
