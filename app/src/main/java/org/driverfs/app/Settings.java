package org.driverfs.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.driverfs.loader.Modules;
import org.jspecify.annotations.Nullable;

/// How a daemon is to be.
///
/// @param mount where the tree is mounted, a directory that is there; null for [Places#mount],
///   which is made
/// @param socket where the verbs reach it
/// @param allowOther whether other users may enter the mount
/// @param logLevel what is worth a line in the log
/// @param workers how many requests may be inside drivers at once
/// @param rules what to do when something happens
/// @param modules where driver modules come from, and which
/// @param background whether it has no terminal, and its log is a file
record Settings(
    @Nullable Path mount,
    Path socket,
    boolean allowOther,
    LogLevel logLevel,
    int workers,
    List<Rule> rules,
    Modules.Options modules,
    boolean background) {
  private static final int WORKERS = 64;

  /// What is worth a line in the log.
  enum LogLevel {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /// What a command line says, else a configuration file, else the environment, else the usual.
  static Settings of(UpOptions options) {
    Optional<ConfigFile> file = Optional.ofNullable(options.config()).map(ConfigFile::read);
    return new Settings(
        Optional.ofNullable(options.mount()).or(() -> file.flatMap(ConfigFile::mount)).orElse(null),
        Optional.ofNullable(options.socket())
            .map(Path::toAbsolutePath)
            .or(() -> file.flatMap(ConfigFile::socket))
            .orElseGet(Places::socket),
        file.map(ConfigFile::allowOther).orElse(false),
        file.flatMap(ConfigFile::logLevel).orElse(LogLevel.WARN),
        file.flatMap(ConfigFile::workers).orElse(WORKERS),
        file.map(ConfigFile::rules).orElse(List.of()),
        file.map(ConfigFile::modules).orElseGet(ModuleSettings::usual),
        options.background());
  }
}
