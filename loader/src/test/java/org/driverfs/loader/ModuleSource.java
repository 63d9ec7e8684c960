package org.driverfs.loader;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Makes real jars of modules for tests: compiles their sources and packs them with a manifest.
final class ModuleSource {
  private final String name;
  private final String version;
  private final List<String> manifest = new ArrayList<>();
  private final Map<String, String> sources = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private String service = "";

  private ModuleSource(String name, String version) {
    this.name = name;
    this.version = version;
  }

  static ModuleSource of(String name, String version) {
    return new ModuleSource(name, version);
  }

  /// A line of the manifest, besides name and version.
  ModuleSource manifest(String line) {
    manifest.add(line);
    return this;
  }

  /// The class of the module: a body for `class Main implements DriverModule`.
  ModuleSource main(String body) {
    service = name.replace('-', '_') + ".Main";
    return source(
        "Main",
        """
        public class Main implements DriverModule {
        %s
        }
        """
            .formatted(body));
  }

  /// A class of its package, with the usual imports.
  ModuleSource source(String simpleName, String declaration) {
    String imports =
        """
        package %s;
        import java.time.Duration;
        import java.util.*;
        import java.util.concurrent.*;
        import org.driverfs.errno.*;
        import org.driverfs.model.*;
        import org.driverfs.model.spi.*;
        import org.driverfs.model.Module;
        """
            .formatted(name.replace('-', '_'));
    sources.put(name.replace('-', '_') + "." + simpleName, imports + declaration);
    return this;
  }

  ModuleSource file(String path, byte[] content) {
    files.put(path, content);
    return this;
  }

  /// The jar `NAME-VERSION.jar` in a directory.
  ///
  /// @param path jars that it is compiled against
  Path pack(Path directory, Path... path) {
    try {
      Path classes = Files.createTempDirectory(directory, "classes");
      compile(classes, path);
      Path jar = directory.resolve(name + "-" + version + ".jar");
      try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
        put(out, Manifest.PATH, text().getBytes(UTF_8));
        if (!service.isEmpty()) {
          put(
              out,
              "META-INF/services/org.driverfs.model.spi.DriverModule",
              service.getBytes(UTF_8));
        }
        for (var file : files.entrySet()) {
          put(out, file.getKey(), file.getValue());
        }
        try (Stream<Path> all = Files.walk(classes)) {
          for (Path each : all.filter(Files::isRegularFile).toList()) {
            put(out, classes.relativize(each).toString(), Files.readAllBytes(each));
          }
        }
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String text() {
    return """
    name = "%s"
    version = "%s"
    """
            .formatted(name, version)
        + String.join("\n", manifest);
  }

  private static void put(JarOutputStream out, String path, byte[] content) throws IOException {
    out.putNextEntry(new JarEntry(path));
    out.write(content);
    out.closeEntry();
  }

  private void compile(Path into, Path... path) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<JavaFileObject> units = new ArrayList<>();
    sources.forEach((className, text) -> units.add(new Source(className, text)));
    if (units.isEmpty()) {
      return;
    }
    var classPath = new StringBuilder(System.getProperty("java.class.path"));
    for (Path jar : path) {
      classPath.append(java.io.File.pathSeparator).append(jar);
    }
    List<String> options =
        List.of("-proc:none", "-d", into.toString(), "-cp", classPath.toString(), "-nowarn");
    boolean isCompiled = compiler.getTask(null, null, null, options, null, units).call();
    if (!isCompiled) {
      throw new AssertionError("the sources of module " + name + " are wrong");
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String className, String text) {
      super(
          URI.create("string:///" + className.replace('.', '/') + Kind.SOURCE.extension),
          Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
