package org.driverfs.lab.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs all tests of jcstress for as short as it can; `lab/jcstress` runs them for longer.
@Timeout(300)
class JcstressSmokeTest {
  @Test
  void sanity_ofAllTests_findsNoOutcomeThatMustNotBe(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("log");
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    int status =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    classes,
                    "org.openjdk.jcstress.Main",
                    "-m",
                    "sanity",
                    "-r",
                    directory.resolve("results").toString()))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    String said = Files.readString(log);
    assertThat(status).as(said).isZero();
    assertThat(said)
        .contains("Failed tests: No matches")
        .contains("Error tests: No matches")
        .contains("9 matching test results");
  }
}
