package org.driverfs.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The mounted tree against the kernel's, on the machine that this runs on.
@Timeout(300)
class KernelTreeIT {
  private static final Path KERNEL = Path.of("/sys/devices");
  private static final int TRIES = 5;

  /// What a mirrored device has in addition, and nothing else.
  private static final Set<String> ADDITIONS =
      Set.of(
          "name",
          "kernel_driver",
          "driver",
          "subsystem",
          "netif",
          "driverfs",
          "modalias",
          "why",
          "driver_override",
          "driver_policy",
          "power");

  @Test
  void mountedTree_againstTheKernels_sameNamesModesLinksAndContents() throws Exception {
    try (var machine = new Machine(false)) {
      Path ours = machine.mount().resolve("root");
      Map<String, Path> kernelDirectories = directories(KERNEL);
      Map<String, Path> ourDirectories = directories(ours);
      assertThat(kernelDirectories).hasSizeGreaterThan(100);
      assertThat(ourDirectories.keySet()).containsAll(kernelDirectories.keySet());
      assertThat(
              ourDirectories.keySet().stream().filter(path -> !kernelDirectories.containsKey(path)))
          .allMatch(path -> ADDITIONS.contains(path.substring(path.lastIndexOf('/') + 1)));
      List<String> differences = new ArrayList<>();
      List<String> files = new ArrayList<>();
      for (String path : kernelDirectories.keySet()) {
        compareNames(path, ours.resolve(path), differences, files);
      }
      for (String file : files) {
        compareContents(file, ours.resolve(file), differences);
      }
      assertThat(differences).isEmpty();
      assertThat(files).hasSizeGreaterThan(1000);
      System.out.printf(
          "%d directories and %d files are as the kernel's%n",
          kernelDirectories.size(), files.size());
      machine.assertAtRest();
    }
  }

  private static Map<String, Path> directories(Path root) throws IOException {
    Map<String, Path> all = new TreeMap<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            all.put(root.relativize(path).toString(), path);
            return FileVisitResult.CONTINUE;
          }
        });
    return all;
  }

  private static void compareNames(
      String path, Path ours, List<String> differences, List<String> files) throws IOException {
    Path kernel = KERNEL.resolve(path);
    Set<String> expected = new TreeSet<>();
    try (var entries = Files.list(kernel)) {
      for (Path entry : entries.toList()) {
        String name = entry.getFileName().toString();
        if (!Files.isSymbolicLink(entry)) {
          expected.add(name);
          compareModes(entry, ours.resolve(name), differences);
          if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
            files.add(KERNEL.relativize(entry).toString());
          }
        } else if (entry.toRealPath().startsWith(KERNEL)) {
          expected.add(name);
          compareLinks(entry, ours.resolve(name), differences);
        }
      }
    }
    Set<String> found = new TreeSet<>();
    try (var entries = Files.list(ours)) {
      entries.forEach(entry -> found.add(entry.getFileName().toString()));
    }
    Set<String> missing = new TreeSet<>(expected);
    missing.removeAll(found);
    found.removeAll(expected);
    found.removeAll(ADDITIONS);
    if (!missing.isEmpty() || !found.isEmpty()) {
      differences.add(path + ": missing " + missing + ", too much " + found);
    }
  }

  private static void compareModes(Path kernel, Path ours, List<String> differences)
      throws IOException {
    if (!Files.exists(ours, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Integer expected = (Integer) Files.getAttribute(kernel, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    Integer found = (Integer) Files.getAttribute(ours, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if (!expected.equals(found)) {
      differences.add("%s: mode %o instead of %o".formatted(ours, found, expected));
    }
  }

  private static void compareLinks(Path kernel, Path ours, List<String> differences)
      throws IOException {
    Path expected = KERNEL.relativize(kernel.toRealPath());
    if (!Files.isSymbolicLink(ours) || !ours.toRealPath().endsWith(expected)) {
      differences.add(ours + ": does not lead to " + expected);
    }
  }

  /// The kernel's value may change between two looks: it must be one of the two. A number that
  /// counts on and on, such as how often a CPU was idle, must lie between them.
  private static void compareContents(String file, Path ours, List<String> differences) {
    byte[] found = {};
    for (int i = 0; i < TRIES; i++) {
      byte[] before = read(KERNEL.resolve(file));
      found = read(ours);
      byte[] after = read(KERNEL.resolve(file));
      if (Arrays.equals(before, found)
          || Arrays.equals(after, found)
          || isBetween(before, found, after)) {
        return;
      }
    }
    differences.add(file + ": content differs: " + new String(found, ISO_8859_1));
  }

  private static boolean isBetween(byte[] before, byte[] found, byte[] after) {
    OptionalLong low = number(before);
    OptionalLong middle = number(found);
    OptionalLong high = number(after);
    return low.isPresent()
        && middle.isPresent()
        && high.isPresent()
        && low.getAsLong() < middle.getAsLong()
        && middle.getAsLong() < high.getAsLong();
  }

  /// The number that the content is; empty if it is anything else.
  private static OptionalLong number(byte[] content) {
    String text = new String(content, ISO_8859_1);
    return text.matches("\\d{1,18}\n")
        ? OptionalLong.of(Long.parseLong(text.strip()))
        : OptionalLong.empty();
  }

  /// The content, or what the system says instead, whatever it calls the file.
  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage()).replace(path.toString(), "");
      return message.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
