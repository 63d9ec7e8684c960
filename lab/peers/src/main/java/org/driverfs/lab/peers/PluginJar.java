package org.driverfs.lab.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Makes the jar of the plug-in as a system wants it: the same work, and what is the system's own.
///
/// @param entries the classes that are the system's own, by their simple names
/// @param manifest the attributes of the manifest
/// @param texts the other files, by their paths
/// @param options of the compiler
record PluginJar(
    List<String> entries,
    Map<String, String> manifest,
    Map<String, String> texts,
    List<String> options) {
  private static final List<String> WORK = List.of("Work", "Leaked", "LeakedMBean", "LeakedDriver");

  /// @param directory where it goes; if it is there already, it is not made again
  Path make(Path directory) throws IOException {
    Path jar = directory.resolve("worker.jar");
    if (Files.exists(jar)) {
      return jar;
    }
    Path classes = Files.createDirectories(directory.resolve("classes"));
    compile(directory, classes);
    var head = new Manifest();
    head.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.forEach((name, value) -> head.getMainAttributes().putValue(name, value));
    try (var out = new JarOutputStream(Files.newOutputStream(jar), head)) {
      for (var text : texts.entrySet()) {
        put(out, text.getKey(), text.getValue().getBytes(UTF_8));
      }
      try (Stream<Path> all = Files.walk(classes)) {
        for (Path each : all.filter(Files::isRegularFile).toList()) {
          put(out, classes.relativize(each).toString(), Files.readAllBytes(each));
        }
      }
    }
    return jar;
  }

  private void compile(Path directory, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var said = new StringWriter();
    try (var files = compiler.getStandardFileManager(null, null, UTF_8)) {
      List<String> all =
          Stream.of(
                  List.of("-cp", System.getProperty("java.class.path")),
                  List.of("-d", classes.toString()),
                  options)
              .flatMap(List::stream)
              .toList();
      var units = files.getJavaFileObjectsFromPaths(sources(directory));
      if (!compiler.getTask(said, files, null, all, null, units).call()) {
        throw new IOException("the plug-in cannot be compiled: " + said);
      }
    }
  }

  private List<Path> sources(Path directory) throws IOException {
    Path sources = Files.createDirectories(directory.resolve("sources"));
    List<String> names = Stream.concat(WORK.stream(), entries.stream()).toList();
    for (String name : names) {
      String resource = name + ".java.txt";
      try (InputStream in = PluginJar.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IOException("there is no " + resource);
        }
        Files.write(sources.resolve(name + ".java"), in.readAllBytes());
      }
    }
    return names.stream().map(name -> sources.resolve(name + ".java")).toList();
  }

  private static void put(JarOutputStream out, String path, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(path));
    out.write(bytes);
    out.closeEntry();
  }
}
