package org.driverfs.loader;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.jspecify.annotations.Nullable;

/// The directories in which modules are looked for by name, and what is in their jars: read again
/// when a file has changed. Thread-safe, by its monitor.
final class SearchPath {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  /// A jar with a module.
  record Found(Path file, Manifest manifest) {}

  /// What was read of a file.
  ///
  /// @param found null if it is no module
  private record Seen(Object version, @Nullable Found found) {}

  private final List<Path> directories;
  private final Signers signers;
  private final Map<Path, Seen> seen = new HashMap<>();

  SearchPath(List<Path> directories, Signers signers) {
    this.directories = List.copyOf(directories);
    this.signers = signers;
  }

  /// The module of that name; of several versions the newest.
  synchronized Optional<Found> find(String name) {
    return all().stream()
        .filter(it -> it.manifest().name().equals(name))
        .max(Comparator.comparing(it -> version(it.manifest().version())));
  }

  private static Version version(String text) {
    try {
      return Version.parse(text);
    } catch (IllegalArgumentException _) {
      return Version.parse("0-" + text); // before all that begin with a number
    }
  }

  /// The modules that may have a driver for a device, the newest version of each.
  synchronized List<Found> matching(Device device) {
    Set<String> names =
        all().stream()
            .filter(it -> it.manifest().aliases().stream().anyMatch(a -> a.matches(device)))
            .map(it -> it.manifest().name())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return names.stream().flatMap(name -> find(name).stream()).toList();
  }

  /// A module and all that it needs, in the order in which they are loaded.
  ///
  /// @param loaded those that need not be found
  /// @throws DriverfsException ENOENT if one is in none of the directories; ELOOP if one needs
  ///   itself
  List<Found> withNeeds(String name, Set<String> loaded) {
    List<Found> order = new ArrayList<>();
    collect(name, loaded, new ArrayDeque<>(), order);
    return order;
  }

  private void collect(String name, Set<String> loaded, Deque<String> way, List<Found> order) {
    if (loaded.contains(name) || order.stream().anyMatch(it -> it.manifest().name().equals(name))) {
      return;
    }
    if (way.contains(name)) {
      way.add(name);
      throw new DriverfsException(
          Errno.ELOOP,
          "module " + name,
          "needs itself: "
              + String.join(" needs ", way.stream().dropWhile(it -> !it.equals(name)).toList()));
    }
    Found found =
        find(name)
            .orElseThrow(() ->
                new DriverfsException(
                    Errno.ENOENT,
                    "module " + name,
                    "is in none of the directories "
                        + directories
                        + (way.isEmpty() ? "" : ", and " + way.getLast() + " needs it")));
    way.add(name);
    found.manifest().depends().forEach(it -> collect(it, loaded, way, order));
    way.removeLast();
    order.add(found);
  }

  /// All modules that can be found.
  synchronized List<Found> all() {
    List<Found> all = new ArrayList<>();
    Set<Path> there = new LinkedHashSet<>();
    for (Path directory : directories) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
        for (Path file : jars) {
          there.add(file);
          look(file).ifPresent(all::add);
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "no modules in " + directory + ": " + e);
      }
    }
    seen.keySet().retainAll(there);
    return all;
  }

  private Optional<Found> look(Path file) throws IOException {
    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
    Object version =
        List.of(
            attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
    Seen before = seen.get(file);
    if (before == null || !before.version().equals(version)) {
      before = new Seen(version, read(file));
      seen.put(file, before);
    }
    return Optional.ofNullable(before.found());
  }

  private @Nullable Found read(Path file) {
    try {
      return new Found(file, ModuleJar.read(file, signers).manifest());
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, "is not used: " + e.getMessage());
      return null;
    }
  }
}
