package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.driverfs.app.Settings.LogLevel;
import org.driverfs.errno.DriverfsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("driverfs.toml");
  }

  @Test
  void read_allKeys_givesTheirValues() throws IOException {
    write(
        """
        mount = "/mnt/devices"
        socket = "/run/my.sock"
        allow_other = true
        log_level = "debug"
        workers = 7
        """);

    Settings settings = Settings.of(new UpOptions(null, null, file, false));

    assertThat(settings)
        .isEqualTo(
            new Settings(
                Path.of("/mnt/devices"),
                Path.of("/run/my.sock"),
                true,
                LogLevel.DEBUG,
                7,
                List.of(),
                ModuleSettings.usual(),
                false));
  }

  @Test
  void read_emptyFile_leavesTheUsual() throws IOException {
    write("");

    Settings settings = Settings.of(new UpOptions(null, Path.of("/s"), file, false));

    assertThat(settings)
        .isEqualTo(
            new Settings(
                null,
                Path.of("/s"),
                false,
                LogLevel.WARN,
                64,
                List.of(),
                ModuleSettings.usual(),
                false));
  }

  @Test
  void read_keyThatCommandLineGivesToo_losesToIt() throws IOException {
    write("mount = \"/a\"\nsocket = \"/b\"");

    Settings settings = Settings.of(new UpOptions(Path.of("/c"), Path.of("/d"), file, false));

    assertThat(settings.mount()).isEqualTo(Path.of("/c"));
    assertThat(settings.socket()).isEqualTo(Path.of("/d"));
  }

  @Test
  void read_wrongKey_tellsFileLineAndColumn() throws IOException {
    write("# a comment\nmuont = \"/mnt\"\n");

    assertThatThrownBy(() -> ConfigFile.read(file))
        .isInstanceOf(DriverfsException.class)
        .hasMessageStartingWith(file + ":2:1: `muont` is no key; known are allow_other,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mount = 3           | `mount` is a path in quotes",
        "mount = 'relative'  | `mount` is an absolute path",
        "socket = true       | `socket` is a path in quotes",
        "allow_other = 'yes' | `allow_other` is true or false",
        "log_level = 'loud'  | `log_level` is one of [off, error, warn, info, debug]",
        "log_level = 1       | `log_level` is one of [off, error, warn, info, debug]",
        "workers = 0         | `workers` is a number from 1 to 4096",
        "workers = 5000      | `workers` is a number from 1 to 4096",
        "workers = 2.5       | `workers` is a number from 1 to 4096",
      })
  void read_wrongValue_tellsFileLineColumnAndWhatIsWanted(String line, String message)
      throws IOException {
    write("\n" + line.strip() + "\n");

    assertThatThrownBy(() -> Settings.of(new UpOptions(null, null, file, false)))
        .isInstanceOf(DriverfsException.class)
        .hasMessageStartingWith(file + ":2:1: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mount", "mount =", "mount = \"/mnt", "[", "mount = '/a'\nmount = '/b'"})
  void read_wrongSyntax_tellsFileLineAndColumn(String text) throws IOException {
    write(text);

    assertThatThrownBy(() -> ConfigFile.read(file))
        .isInstanceOf(DriverfsException.class)
        .hasMessageMatching("(?s)\\Q" + file + "\\E:[12]:\\d+: .*");
  }

  @Test
  void read_fileThatDoesNotExist_saysSo() {
    assertThatThrownBy(() -> ConfigFile.read(file))
        .isInstanceOf(DriverfsException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("cannot be read");
  }

  @Test
  void read_deviceWithoutEnd_saysSo() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("/dev/zero")))
        .isInstanceOf(DriverfsException.class)
        .hasMessageContaining("/dev/zero has more than 1024 KiB");
  }

  @Test
  void modules_certificatesWithoutEnd_saysSo() throws IOException {
    write("[modules]\nsigned_by = '/dev/zero'\n");

    assertThatThrownBy(() -> ConfigFile.read(file).modules())
        .isInstanceOf(DriverfsException.class)
        .hasMessageStartingWith(file + ":2:1: `signed_by` names a file that cannot be read")
        .hasMessageContaining("more than 1024 KiB");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }
}
