package org.driverfs.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.driverfs.app.Settings.LogLevel;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/// A configuration file: TOML, a few keys at its top, each of which may be absent.
///
///     mount = "/mnt/devices"   # where the tree is mounted: an empty directory
///     socket = "/run/my.sock"  # where the verbs reach the daemon
///     allow_other = false      # whether other users may enter the mount
///     log_level = "warn"       # off, error, warn, info or debug
///     workers = 64             # how many requests may be inside drivers at once
///
/// What is wrong in it is told with file, line and column.
final class ConfigFile {
  private static final Set<String> KEYS =
      new TreeSet<>(Set.of("mount", "socket", "allow_other", "log_level", "workers"));
  private static final int MOST_WORKERS = 4096;

  private final Path file;
  private final TomlParseResult toml;

  private ConfigFile(Path file, TomlParseResult toml) {
    this.file = file;
    this.toml = toml;
  }

  /// Reads a file.
  ///
  /// @throws DriverfsException ENOENT or EIO if it cannot be read; EINVAL for wrong syntax or a key
  ///   that is not known
  static ConfigFile read(Path file) {
    ConfigFile config;
    try {
      config = new ConfigFile(file, Toml.parse(file));
    } catch (IOException e) {
      throw new DriverfsException(
          Errno.ENOENT, file.toString(), "this configuration file cannot be read: " + e, e);
    }
    for (TomlParseError error : config.toml.errors()) {
      throw config.wrong(error.position(), Objects.requireNonNull(error.getMessage()));
    }
    for (String key : config.toml.keySet()) {
      if (!KEYS.contains(key)) {
        throw config.wrong(key, "is no key; known are " + String.join(", ", KEYS));
      }
    }
    return config;
  }

  Optional<Path> mount() {
    return path("mount");
  }

  Optional<Path> socket() {
    return path("socket");
  }

  boolean allowOther() {
    return value("allow_other", Boolean.class, "true or false").orElse(false);
  }

  Optional<LogLevel> logLevel() {
    String levels = Arrays.toString(LogLevel.values()).toLowerCase(Locale.ROOT);
    return value("log_level", String.class, "one of " + levels)
        .map(name ->
            Arrays.stream(LogLevel.values())
                .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name))
                .findAny()
                .orElseThrow(() -> wrong("log_level", "is one of " + levels)));
  }

  Optional<Integer> workers() {
    String wanted = "a number from 1 to " + MOST_WORKERS;
    return value("workers", Long.class, wanted)
        .map(number -> {
          if (number < 1 || number > MOST_WORKERS) {
            throw wrong("workers", "is " + wanted);
          }
          return number.intValue();
        });
  }

  private Optional<Path> path(String key) {
    return value(key, String.class, "a path in quotes")
        .map(Path::of)
        .map(path -> {
          if (!path.isAbsolute()) {
            throw wrong(key, "is an absolute path");
          }
          return path;
        });
  }

  private <V> Optional<V> value(String key, Class<V> type, String wanted) {
    Object value = toml.get(key);
    if (value != null && !type.isInstance(value)) {
      throw wrong(key, "is " + wanted);
    }
    return Optional.ofNullable(value).map(type::cast);
  }

  private DriverfsException wrong(String key, String sentence) {
    return wrong(toml.inputPositionOf(key), "`" + key + "` " + sentence);
  }

  private DriverfsException wrong(@Nullable TomlPosition position, String sentence) {
    String where =
        position == null ? file.toString() : file + ":" + position.line() + ":" + position.column();
    return new DriverfsException(Errno.EINVAL, where, sentence);
  }
}
