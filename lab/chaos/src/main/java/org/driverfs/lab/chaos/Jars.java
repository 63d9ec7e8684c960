package org.driverfs.lab.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.driverfs.lab.chaos.driver.ChaosModule;
import org.driverfs.lab.chaos.driver.Script;
import org.driverfs.lab.chaos.good.GoodModule;
import org.driverfs.lab.chaos.good.GroundModule;
import org.driverfs.model.spi.DriverModule;

/// Packs jars of modules: always the same classes, with another manifest and script in each.
final class Jars {
  private static final String PACKAGES = "org/driverfs/lab/chaos/";
  private static final String SERVICE = "META-INF/services/" + DriverModule.class.getName();
  private static final String MANIFEST = "META-INF/driverfs/module.toml";

  private final Path directory;
  private final Map<String, byte[]> chaos;
  private final Map<String, byte[]> good;

  /// @param directory where they are put
  Jars(Path directory) throws IOException, URISyntaxException {
    this.directory = directory;
    this.chaos = classes("driver");
    this.good = new LinkedHashMap<>(classes("good"));
    good.putAll(chaos);
  }

  private static Map<String, byte[]> classes(String subpackage)
      throws IOException, URISyntaxException {
    Path source = Path.of(Jars.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(source)) {
      return read(source, source.resolve(PACKAGES + subpackage));
    }
    try (FileSystem jar = FileSystems.newFileSystem(source)) {
      return read(jar.getPath("/"), jar.getPath("/" + PACKAGES + subpackage));
    }
  }

  private static Map<String, byte[]> read(Path root, Path directory) throws IOException {
    Map<String, byte[]> all = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path each : files.toList()) {
        all.put(root.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    return all;
  }

  Path good() throws IOException {
    return pack("good", "1", "", good, GoodModule.class, Map.of());
  }

  Path ground() throws IOException {
    return pack("ground", "1", "", good, GroundModule.class, Map.of());
  }

  Path chaos(Script script, String version) throws IOException {
    String more =
        """
        %s
        [[parameter]]
        name = "act"
        type = "text"
        default = ""
        writable = true
        """
            .formatted(script.shape() == Script.Shape.GUEST ? "depends = [\"ground\"]" : "");
    byte[] text = script.text().getBytes(UTF_8);
    Map<String, byte[]> files = Map.of(Script.PATH, text);
    return pack(script.name(), version, more, chaos, ChaosModule.class, files);
  }

  private Path pack(
      String name,
      String version,
      String more,
      Map<String, byte[]> classes,
      Class<?> service,
      Map<String, byte[]> files)
      throws IOException {
    String manifest = "name = \"%s\"\nversion = \"%s\"\n%s".formatted(name, version, more);
    Path jar = directory.resolve(name + "-" + version + ".jar");
    Path draft = Files.createTempFile(directory, name, ".tmp"); // two may want the same at once
    try (var out = new JarOutputStream(Files.newOutputStream(draft))) {
      out.setLevel(Deflater.NO_COMPRESSION);
      put(out, MANIFEST, manifest.getBytes(UTF_8));
      put(out, SERVICE, service.getName().getBytes(UTF_8));
      for (Map<String, byte[]> each : List.of(files, classes)) {
        for (var entry : each.entrySet()) {
          put(out, entry.getKey(), entry.getValue());
        }
      }
    }
    return Files.move(draft, jar, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private static void put(JarOutputStream out, String path, byte[] content) throws IOException {
    out.putNextEntry(new JarEntry(path));
    out.write(content);
    out.closeEntry();
  }
}
