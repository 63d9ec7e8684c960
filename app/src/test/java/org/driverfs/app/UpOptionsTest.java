package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpOptionsTest {
  @Test
  void parsePlain_allOptions_areUnderstood() {
    List<String> arguments =
        List.of("up", "--mount", "/m", "--background", "--socket", "/s", "--config", "/c");

    assertThat(UpOptions.parsePlain(arguments))
        .contains(new UpOptions(Path.of("/m"), Path.of("/s"), Path.of("/c"), true));
  }

  @Test
  void parsePlain_noOptions_isTheUsual() {
    assertThat(UpOptions.parsePlain(List.of("up")))
        .contains(new UpOptions(null, null, null, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"up --help", "up --mount", "up --mount=/m", "up x y", "up --mount a --mount b"})
  void parsePlain_anythingElse_isLeftToPicocli(String arguments) {
    assertThat(UpOptions.parsePlain(List.of(arguments.split(" ", -1)))).isEmpty();
  }
}
