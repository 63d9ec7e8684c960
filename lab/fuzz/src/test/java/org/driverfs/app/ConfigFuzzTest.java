package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Modules;
import org.driverfs.model.Event;

/// A configuration file says what is wrong with it, or how a daemon is to be, within the limits.
class ConfigFuzzTest {
  private static final Path FILE = file();
  private static final Facts FACTS =
      new Facts(
          new Event(1, Event.Action.ADD, "virtual/net/lo", "net", Map.of("DRIVER", "netif"), 0),
          "netif");

  private static Path file() {
    try {
      Path file = Files.createTempFile("driverfs-fuzz", ".toml");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @FuzzTest
  void read_anyFile_isSettingsOrAComplaint(byte[] input) throws IOException {
    Files.write(FILE, input);
    try {
      ConfigFile file = ConfigFile.read(FILE);
      check(file);
      check(file.modules());
      file.rules().forEach(ConfigFuzzTest::check);
    } catch (DriverfsException e) {
      assertThat(e.errno()).isIn(Errno.EINVAL, Errno.ENOENT);
      assertThat(e.path()).startsWith(FILE.toString());
    }
  }

  private static void check(ConfigFile file) {
    file.mount().ifPresent(path -> assertThat(path).isAbsolute());
    file.socket().ifPresent(path -> assertThat(path).isAbsolute());
    file.workers().ifPresent(workers -> assertThat(workers).isBetween(1, 4096));
    file.logLevel();
    file.allowOther();
  }

  private static void check(Modules.Options modules) {
    Duration longest = Duration.ofDays(1);
    assertThat(modules.init()).isPositive().isLessThanOrEqualTo(longest);
    assertThat(modules.collection()).isPositive().isLessThanOrEqualTo(longest);
  }

  private static void check(Rule rule) {
    assertThat(rule.name()).isNotNull();
    assertThat(rule.effects()).isNotEmpty();
    rule.matches(FACTS);
    List<String> words = rule.effects().stream().map(effect -> effect.describe(FACTS)).toList();
    assertThat(words).allMatch(Objects::nonNull).noneMatch(String::isEmpty);
  }
}
