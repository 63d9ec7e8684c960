package org.driverfs.drivers.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The drivers are there to be copied: they stay short.
class DriversTest {
  private static final int MOST_LINES = 150;

  @ParameterizedTest
  @ValueSource(strings = {"led", "onewire", "disk"})
  void sources_ofADriver_areShort(String driver) throws IOException {
    try (Stream<Path> all = Files.walk(Path.of("..", driver, "src/main/java"))) {
      List<Path> sources = all.filter(it -> it.toString().endsWith(".java")).toList();
      int lines = 0;
      for (Path source : sources) {
        lines += Files.readAllLines(source).size();
      }
      assertThat(lines).as("lines of " + sources).isBetween(1, MOST_LINES);
    }
  }
}
