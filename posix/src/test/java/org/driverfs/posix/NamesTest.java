package org.driverfs.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.driverfs.posix.DirectoryEntry.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamesTest {
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
  void read_everyKindOfName_isListedWithItsKind() {
    Names.makeDirectory(directory, "dir", 0755);
    Names.makeNode(directory, "file", Names.REGULAR_FILE | 0600);
    Names.makeNode(directory, "pipe", Names.NAMED_PIPE | 0600);
    Names.makeLink("some/where", directory, "link");
    assertThat(list())
        .containsExactlyInAnyOrder(
            new DirectoryEntry("dir", Kind.DIRECTORY),
            new DirectoryEntry("file", Kind.FILE),
            new DirectoryEntry("pipe", Kind.OTHER),
            new DirectoryEntry("link", Kind.LINK));
    assertThat(Names.readLink(directory, "link")).isEqualTo("some/where");
    assertThat(FileStatus.of(directory, "link").isSymbolicLink()).isTrue();
  }

  @Test
  void read_moreThanOneBufferFull_isComplete() {
    IntStream.range(0, 3000)
        .forEach(i -> Names.makeNode(directory, "file-" + i, Names.REGULAR_FILE));
    assertThat(list()).doesNotHaveDuplicates().hasSize(3000);
  }

  @Test
  void unlink_andRemoveDirectory_leaveNothing() {
    Names.makeDirectory(directory, "dir", 0755);
    Names.makeNode(directory, "file", Names.REGULAR_FILE);
    assertThatThrownBy(() -> Names.unlink(directory, "dir")).hasMessageContaining("(EISDIR)");
    Names.removeDirectory(directory, "dir");
    Names.unlink(directory, "file");
    assertThat(list()).isEmpty();
  }

  @Test
  void of_file_tellsModeOwnerAndSize() throws Exception {
    Files.writeString(path.resolve("file"), "12345");
    Files.setPosixFilePermissions(
        path.resolve("file"), PosixFilePermissions.fromString("rw-r-x--x"));
    FileStatus status = FileStatus.of(directory, "file");
    assertThat(status.permissions()).isEqualTo(0651);
    assertThat(status.isRegular()).isTrue();
    assertThat(status.size()).isEqualTo(5);
    assertThat(status.links()).isEqualTo(1);
    assertThat(status.uid()).isEqualTo(CurrentProcess.effectiveUser());
    assertThat(status.gid()).isEqualTo(CurrentProcess.effectiveGroup());
  }

  private List<DirectoryEntry> list() {
    var entries = new ArrayList<DirectoryEntry>();
    try (Descriptor fresh = directory.openBeneath(".", OpenFlags.RDONLY)) {
      DirectoryEntry.read(fresh, entries::add);
    }
    return entries;
  }
}
