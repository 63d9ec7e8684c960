package org.driverfs.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A Maven project with a driver module that works, and a test that loads it: texts of the resource
/// directory `new-driver`, in which `{{name}}` and the like stand for what this project is called.
final class DriverProject {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,63}");
  private static final String MODULE_SERVICE =
      "META-INF/services/org.driverfs.model.spi.DriverModule";

  private final Path directory;
  private final Map<String, String> words = new LinkedHashMap<>();

  /// @param directory where it goes; the last name of that is its name
  /// @throws DriverfsException EINVAL if it cannot be called that
  DriverProject(Path directory) {
    this.directory = directory;
    String name = Objects.requireNonNullElse(directory.getFileName(), directory).toString();
    String packageName = "org.example." + name.replace('-', '_');
    if (!NAME.matcher(name).matches() || !SourceVersion.isName(packageName)) {
      throw new DriverfsException(
          Errno.EINVAL,
          name,
          "cannot be the name of a driver: 1 to 64 small letters, digits, - and _, the first a"
              + " letter, and no word of Java");
    }
    words.put("name", name);
    words.put("package", packageName);
    words.put("directory", packageName.replace('.', '/'));
    words.put("class", className(name));
  }

  private static String className(String name) {
    return Pattern.compile("[-_]+")
        .splitAsStream(name)
        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
        .collect(Collectors.joining("", "", "Module"));
  }

  /// Writes all of it.
  ///
  /// @return the files
  /// @throws DriverfsException EEXIST if there is something of that name; ENOENT if it cannot be
  ///   there; EACCES, EIO
  List<Path> write() {
    try {
      Files.createDirectory(directory);
      List<Path> written = new ArrayList<>();
      for (Map.Entry<String, String> file : files().entrySet()) {
        Path path = directory.resolve(filled(file.getKey()));
        Files.createDirectories(path.getParent());
        Files.writeString(path, filled(file.getValue()));
        written.add(path);
      }
      return written;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /// What is in which file, both with words to be filled in.
  private static Map<String, String> files() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("README.md", text("README.md"));
    files.put("pom.xml", text("pom.xml"));
    files.put("src/main/java/{{directory}}/{{class}}.java", text("Module.java"));
    files.put("src/main/resources/META-INF/driverfs/module.toml", text("module.toml"));
    files.put("src/main/resources/" + MODULE_SERVICE, "{{package}}.{{class}}\n");
    files.put("src/test/java/{{directory}}/{{class}}Test.java", text("Test.java"));
    return files;
  }

  private static String text(String resource) throws IOException {
    try (InputStream text =
        Objects.requireNonNull(DriverProject.class.getResourceAsStream("new-driver/" + resource))) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String filled(String text) {
    String filled = text;
    for (Map.Entry<String, String> word : words.entrySet()) {
      filled = filled.replace("{{" + word.getKey() + "}}", word.getValue());
    }
    return filled;
  }

  private DriverfsException failure(IOException e) {
    String where = directory.toString();
    return switch (e) {
      case FileAlreadyExistsException _ ->
          new DriverfsException(Errno.EEXIST, where, "is there already; choose another name", e);
      case NoSuchFileException _ ->
          new DriverfsException(Errno.ENOENT, where, "cannot be made: make what is above it", e);
      case AccessDeniedException _ ->
          new DriverfsException(Errno.EACCES, where, "cannot be made: you may not write there", e);
      default -> new DriverfsException(Errno.EIO, where, "cannot be written: " + e, e);
    };
  }
}
