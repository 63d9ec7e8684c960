package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstanceLockTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("lock");
  }

  @Test
  void take_lockThatIsTaken_namesTheProcess() throws IOException {
    try (InstanceLock _ = InstanceLock.take(file)) {
      assertThatThrownBy(() -> InstanceLock.take(file))
          .isInstanceOfSatisfying(
              DriverfsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
          .hasMessageContaining("process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void take_lockThatWasGivenBack_isTaken() throws IOException {
    InstanceLock.take(file).close();
    assertThat(file).doesNotExist();

    InstanceLock.take(file).close();
  }

  @Test
  void take_fileThatWasLeftBehind_isTaken() throws IOException {
    Files.writeString(file, "99999999\n");

    try (InstanceLock _ = InstanceLock.take(file)) {
      assertThat(file).hasContent(Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void take_directoryThatDoesNotExist_saysSo() {
    assertThatThrownBy(() -> InstanceLock.take(directory.resolve("no/lock")))
        .isInstanceOfSatisfying(
            DriverfsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }
}
