package org.driverfs.loader;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A jar with a module, read as a whole: what happens to the file afterwards does not matter, and
/// nothing has to be closed.
///
/// @param file where it was
/// @param entries what is in it, by path
record ModuleJar(Path file, Map<String, byte[]> entries, Manifest manifest) {
  private static final long MOST_BYTES = 256L << 20;
  private static final int END_SIZE = 22;
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int MOST_COMMENT = 0xFFFF;
  private static final int NEWEST_VERSION = Runtime.version().feature() + 44;
  private static final int FIRST_VERSION = 44;

  /// Reads a jar.
  ///
  /// @param signers whose signature it must have
  /// @throws DriverfsException ENOENT if it cannot be read; EISDIR; ENOEXEC if it is no jar, is cut
  ///   off, has no manifest or has classes for a newer Java; EFBIG; EKEYREJECTED; EINVAL for a
  ///   manifest that is wrong
  static ModuleJar read(Path file, Signers signers) {
    byte[] bytes = bytes(file);
    Map<String, byte[]> entries = entries(file, bytes);
    byte[] manifest = entries.get(Manifest.PATH);
    if (manifest == null) {
      throw new DriverfsException(
          Errno.ENOEXEC, file.toString(), "is no module: it has no " + Manifest.PATH);
    }
    signers.require(file, bytes);
    entries.forEach((path, content) -> requireOldEnough(file, path, content));
    String where = file + "!/" + Manifest.PATH;
    return new ModuleJar(
        file, Map.copyOf(entries), Manifest.parse(where, new String(manifest, UTF_8)));
  }

  private static byte[] bytes(Path file) {
    if (Files.isDirectory(file)) {
      throw new DriverfsException(
          Errno.EISDIR, file.toString(), "is a directory; give the jar of a module");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DriverfsException(Errno.ENOEXEC, file.toString(), "is no file, and so no jar");
    }
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw tooLarge(file);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new DriverfsException(Errno.ENOENT, file.toString(), "does not exist", e);
    } catch (IOException e) {
      throw new DriverfsException(Errno.EIO, file.toString(), "cannot be read: " + e, e);
    }
  }

  private static DriverfsException tooLarge(Path file) {
    return new DriverfsException(
        Errno.EFBIG, file.toString(), "has more than " + (MOST_BYTES >> 20) + " MiB");
  }

  private static Map<String, byte[]> entries(Path file, byte[] bytes) {
    int expected = countOf(file, bytes);
    Map<String, byte[]> entries = new HashMap<>();
    int count = 0;
    long size = 0;
    try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry next = zip.getNextEntry(); next != null; next = zip.getNextEntry()) {
        count++;
        byte[] content = zip.readNBytes((int) Math.min(Integer.MAX_VALUE, MOST_BYTES - size + 1));
        size += content.length;
        if (size > MOST_BYTES) {
          throw tooLarge(file);
        }
        if (!next.isDirectory()) {
          entries.put(next.getName(), content);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(file, e.toString());
    }
    if (count != expected) {
      throw damaged(file, "it has %d of %d entries".formatted(count, expected));
    }
    return entries;
  }

  /// What the end of the jar says of how many entries it has: a jar that was cut off has no end.
  private static int countOf(Path file, byte[] bytes) {
    if (bytes.length < 4 || bytes[0] != 'P' || bytes[1] != 'K') {
      throw new DriverfsException(Errno.ENOEXEC, file.toString(), "is no jar");
    }
    int first = Math.max(0, bytes.length - END_SIZE - MOST_COMMENT);
    for (int at = bytes.length - END_SIZE; at >= first; at--) {
      if (little(bytes, at, 4) == END_SIGNATURE) {
        return (int) little(bytes, at + 10, 2);
      }
    }
    throw damaged(file, "it has no end");
  }

  private static long little(byte[] bytes, int at, int length) {
    long value = 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | (bytes[at + i] & 0xFF);
    }
    return value;
  }

  private static DriverfsException damaged(Path file, String why) {
    return new DriverfsException(
        Errno.ENOEXEC, file.toString(), "is a jar that is cut off or damaged: " + why);
  }

  private static void requireOldEnough(Path file, String path, byte[] content) {
    if (!path.endsWith(".class") || path.startsWith("META-INF/") || content.length < 8) {
      return;
    }
    int version = (content[6] & 0xFF) << 8 | (content[7] & 0xFF);
    if (version > NEWEST_VERSION) {
      throw new DriverfsException(
          Errno.ENOEXEC,
          file.toString(),
          "%s is for Java %d, and this is Java %d; build it with --release %d"
              .formatted(
                  path,
                  version - FIRST_VERSION,
                  Runtime.version().feature(),
                  Runtime.version().feature()));
    }
  }
}
