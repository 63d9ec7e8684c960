package org.driverfs.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// Makes the jar of the module that [Soak] loads, in a version.
final class SoakedJar {
  private static final String SOURCE = "Soaked.java.txt";
  private static final String MANIFEST =
      """
      name = "soaked"
      version = "VERSION"
      [[parameter]]
      name = "cycle"
      type = "integer"
      default = "0"
      """;

  private SoakedJar() {}

  static Path make(Path directory, String version) throws IOException {
    Path source = Files.createDirectories(directory.resolve(version)).resolve("Soaked.java");
    try (InputStream in = SoakedJar.class.getResourceAsStream(SOURCE)) {
      if (in == null) {
        throw new IOException("there is no " + SOURCE);
      }
      Files.writeString(source, new String(in.readAllBytes(), UTF_8).replace("VERSION", version));
    }
    Path classes = Files.createDirectories(directory.resolve(version).resolve("classes"));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                source.toString());
    if (status != 0) {
      throw new IOException(source + " cannot be compiled");
    }
    return pack(directory.resolve(version + ".jar"), classes, version);
  }

  private static Path pack(Path jar, Path classes, String version) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    entries.put(
        "META-INF/driverfs/module.toml", MANIFEST.replace("VERSION", version).getBytes(UTF_8));
    entries.put(
        "META-INF/services/org.driverfs.model.spi.DriverModule", "soaked.Soaked".getBytes(UTF_8));
    try (Stream<Path> all = Files.walk(classes)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        entries.put(classes.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String path : List.copyOf(entries.keySet())) {
        out.putNextEntry(new JarEntry(path));
        out.write(entries.get(path));
        out.closeEntry();
      }
    }
    return jar;
  }
}
