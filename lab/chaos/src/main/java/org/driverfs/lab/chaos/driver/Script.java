package org.driverfs.lab.chaos.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Properties;

/// What the jar says that its module is to do: the file [#PATH] in it.
///
/// @param name of the module
/// @param seed of all that it draws
/// @param shape what it brings
/// @param isCalm whether it behaves
/// @param exhausts whether it may take all memory
/// @param stop a file that ends all chaos by being there
/// @param mount where the tree is
public record Script(
    String name, long seed, Shape shape, boolean isCalm, boolean exhausts, Path stop, Path mount) {
  /// Where it is in the jar.
  public static final String PATH = "chaos.properties";

  /// What a module brings.
  public enum Shape {
    /// A bus with devices and a driver.
    WHOLE,
    /// A driver for devices of the module `ground`.
    GUEST,
    /// A driver for network interfaces of the kernel that are called `chaos...`.
    NET
  }

  static Script ofThisJar() {
    var all = new Properties();
    try (InputStream in = Script.class.getResourceAsStream("/" + PATH)) {
      all.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Script(
        all.getProperty("name"),
        Long.parseLong(all.getProperty("seed")),
        Shape.valueOf(all.getProperty("shape")),
        Boolean.parseBoolean(all.getProperty("calm")),
        Boolean.parseBoolean(all.getProperty("exhausts")),
        Path.of(all.getProperty("stop")),
        Path.of(all.getProperty("mount")));
  }

  /// As the file in the jar has it.
  public String text() {
    return """
    name=%s
    seed=%d
    shape=%s
    calm=%b
    exhausts=%b
    stop=%s
    mount=%s
    """
        .formatted(name, seed, shape, isCalm, exhausts, stop, mount);
  }
}
