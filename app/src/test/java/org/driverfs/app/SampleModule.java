package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes the jar of a driver module from the source of its one class, with the tools of the JDK.
final class SampleModule {
  private SampleModule() {}

  /// Compiles and packs.
  ///
  /// @param root a directory of its own
  /// @param name what the class is called, in a package of the same name in small letters
  /// @return the jar
  static Path pack(Path root, String name, String manifest, String source) throws IOException {
    String packageName = name.toLowerCase(java.util.Locale.ROOT);
    Path classes = root.resolve("classes");
    Path about = Files.createDirectories(classes.resolve("META-INF/driverfs"));
    Files.writeString(about.resolve("module.toml"), manifest);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("org.driverfs.model.spi.DriverModule"), packageName + "." + name);
    Path file = Files.writeString(root.resolve(name + ".java"), source);
    run("javac", "-proc:none", "-d", classes.toString(), "-cp", path(), file.toString());
    Path jar = root.resolve(packageName + ".jar");
    run("jar", "-cf", jar.toString(), "-C", classes.toString(), ".");
    return jar;
  }

  /// Where the classes of driverfs are.
  private static String path() {
    return Stream.of("java.class.path", "jdk.module.path")
        .map(System::getProperty)
        .filter(Objects::nonNull)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void run(String tool, String... arguments) {
    int status = ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, arguments);
    assertThat(status).as(tool).isZero();
  }
}
