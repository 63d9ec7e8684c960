package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A binding is small: at most 45 lines of code, the figure of July 2002.
///
/// A line of code is one that is not blank, not only a comment (`//`, `///`, `/*`, `*`), not the
/// package declaration and not an import. Every `*Binding.java` of this room counts, what they
/// share as well, and the one of the tests for a type that has nothing to do with devices.
class BindingSizeTest {
  private static final int MOST = 45;

  @Test
  void bindings_linesOfCode_areAtMost45() throws IOException {
    List<Path> bindings;
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      bindings = files.filter(it -> it.toString().endsWith("Binding.java")).toList();
    }
    assertThat(bindings).hasSizeGreaterThanOrEqualTo(7);
    for (Path binding : bindings) {
      long lines = Files.readAllLines(binding).stream().filter(BindingSizeTest::isCode).count();
      assertThat(lines).as(binding.toString()).isBetween(1L, (long) MOST);
    }
  }

  private static boolean isCode(String line) {
    return Stream.of("//", "/*", "*", "package ", "import ").noneMatch(line.strip()::startsWith)
        && !line.isBlank();
  }
}
