package org.driverfs.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.driverfs.app.Settings.LogLevel;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Modules;
import org.driverfs.toml.Section;

/// A configuration file: TOML, a few keys at its top, each of which may be absent.
///
///     mount = "/mnt/devices"   # where the tree is mounted: an empty directory
///     socket = "/run/my.sock"  # where the verbs reach the daemon
///     allow_other = false      # whether other users may enter the mount
///     log_level = "warn"       # off, error, warn, info or debug
///     workers = 64             # how many requests may be inside drivers at once
///     [modules]                # driver modules: see [ModuleSettings]
///     [[rule]]                 # what to do when something happens: see [RuleReader]
///
/// What is wrong in it is told with file, line and column.
final class ConfigFile {
  private static final Set<String> KEYS =
      Set.of("mount", "socket", "allow_other", "log_level", "workers", "modules", "rule");
  private static final int MOST_WORKERS = 4096;

  private final Section top;

  private ConfigFile(Section top) {
    this.top = top;
  }

  /// Reads a file.
  ///
  /// @throws DriverfsException ENOENT if it cannot be read; EINVAL for wrong syntax or a key that
  ///   is not known
  static ConfigFile read(Path file) {
    String text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(SmallFile.read(file))).toString();
    } catch (IOException e) {
      throw new DriverfsException(
          Errno.ENOENT, file.toString(), "this configuration file cannot be read: " + e, e);
    }
    var top = Section.parse(file.toString(), text);
    top.requireKeys(KEYS);
    return new ConfigFile(top);
  }

  Optional<Path> mount() {
    return path("mount");
  }

  Optional<Path> socket() {
    return path("socket");
  }

  boolean allowOther() {
    return top.find("allow_other", Boolean.class, "true or false").orElse(false);
  }

  Optional<LogLevel> logLevel() {
    String levels = Arrays.toString(LogLevel.values()).toLowerCase(Locale.ROOT);
    return top.find("log_level", String.class, "one of " + levels)
        .map(name ->
            Arrays.stream(LogLevel.values())
                .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name))
                .findAny()
                .orElseThrow(() -> top.wrong("log_level", "is one of " + levels)));
  }

  Optional<Integer> workers() {
    String wanted = "a number from 1 to " + MOST_WORKERS;
    return top.find("workers", Long.class, wanted)
        .map(number -> {
          if (number < 1 || number > MOST_WORKERS) {
            throw top.wrong("workers", "is " + wanted);
          }
          return number.intValue();
        });
  }

  /// Where driver modules come from, and which.
  Modules.Options modules() {
    return top.findSection("modules").map(ModuleSettings::read).orElseGet(ModuleSettings::usual);
  }

  /// What to do when something happens.
  List<Rule> rules() {
    return top.sections("rule").stream().map(RuleReader::read).toList();
  }

  private Optional<Path> path(String key) {
    return top.find(key, String.class, "a path in quotes")
        .map(text -> top.path(key, text))
        .map(path -> {
          if (!path.isAbsolute()) {
            throw top.wrong(key, "is an absolute path");
          }
          return path;
        });
  }
}
