package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlacesTest {
  @ParameterizedTest
  @CsvSource({
    "ls --socket /a,        /a",
    "--socket=/a ls,        /a",
    "ls --socket /a /b,     /a",
    "set --socket=/a -- --socket /b, /a",
  })
  void socket_commandLineThatNamesIt_isThat(String arguments, Path socket) {
    assertThat(Places.socket(List.of(arguments.split(" ", -1)))).isEqualTo(socket);
  }

  @ParameterizedTest
  @CsvSource({"ls", "ls --socket", "set a -- --socket=/b"})
  void socket_commandLineThatDoesNot_isTheUsual(String arguments) {
    assertThat(Places.socket(List.of(arguments.split(" ", -1)))).isEqualTo(Places.socket());
  }
}
