package org.driverfs.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTest {
  @TempDir Path path;
  private Descriptor directory = Descriptor.WORKING_DIRECTORY;

  @BeforeEach
  void open() {
    directory = Descriptor.open(path.toString(), OpenFlags.RDONLY | OpenFlags.DIRECTORY);
  }

  @AfterEach
  void close() {
    directory.close();
  }

  @Test
  void open_missingFile_throwsWithItsPath() {
    assertThatThrownBy(() -> Descriptor.open("/no/such/file", OpenFlags.RDONLY))
        .hasMessage("/no/such/file: cannot be opened (ENOENT)");
  }

  @Test
  void openBeneath_fileInside_isOpened() throws Exception {
    Files.createDirectory(path.resolve("sub"));
    Files.writeString(path.resolve("sub/file"), "x");
    try (Descriptor file = directory.openBeneath("sub/file", OpenFlags.RDONLY)) {
      assertThat(FileStatus.of(file, "").size()).isEqualTo(1);
    }
  }

  @Test
  void openBeneath_wayOut_isRefused() {
    assertFails(() -> directory.openBeneath("../x", OpenFlags.RDONLY), Errno.EXDEV);
    assertFails(() -> directory.openBeneath("/etc/passwd", OpenFlags.RDONLY), Errno.EXDEV);
  }

  @Test
  void openBeneath_symbolicLink_isRefused() throws Exception {
    Files.writeString(path.resolve("file"), "x");
    Files.createSymbolicLink(path.resolve("link"), Path.of("file"));
    assertFails(() -> directory.openBeneath("link", OpenFlags.RDONLY), Errno.ELOOP);
  }

  @Test
  void openBeneath_otherFileSystem_isRefused() {
    try (Descriptor root = Descriptor.open("/", OpenFlags.RDONLY)) {
      assertFails(() -> root.openBeneath("proc/version", OpenFlags.RDONLY), Errno.EXDEV);
    }
  }

  @Test
  void close_twice_leavesTheNextOwnerOfTheNumberAlone() {
    Descriptor first = directory.duplicate();
    first.close();
    try (Descriptor second = directory.duplicate()) {
      assertThat(second.number()).isEqualTo(first.number());
      first.close();
      assertThat(FileStatus.of(second, "").isDirectory()).isTrue();
    }
  }

  private static void assertFails(ThrowingCallable call, Errno errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DriverfsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
