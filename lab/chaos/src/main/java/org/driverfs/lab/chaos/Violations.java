package org.driverfs.lab.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// What went wrong, with its evidence: how the daemon was when that was noticed. Thread-safe.
final class Violations implements AutoCloseable {
  private static final int MOST_EVIDENCE = 3;
  private static final int MOST_KEPT = 40;
  private static final long PATIENCE_SECONDS = 60;

  private final Path directory;
  private final Consumer<Path> evidence;
  private final ExecutorService collector = Executors.newSingleThreadExecutor();

  // Guarded by the monitor of this.
  private final Map<String, List<String>> byKind = new LinkedHashMap<>();
  private final Map<String, Integer> counts = new LinkedHashMap<>();

  /// @param directory for the evidence
  /// @param evidence writes how the daemon is now to a file
  Violations(Path directory, Consumer<Path> evidence) {
    this.directory = directory;
    this.evidence = evidence;
  }

  /// Tells of one.
  ///
  /// @param kind what it is, in a few words that are the same for all of that kind
  void add(String kind, String text) {
    int number;
    synchronized (this) {
      number = counts.merge(kind, 1, Integer::sum);
      List<String> kept = byKind.computeIfAbsent(kind, _ -> new ArrayList<>());
      if (kept.size() < MOST_KEPT) {
        kept.add(Instant.now() + " " + text);
      }
    }
    if (number <= MOST_EVIDENCE) {
      System.out.printf("VIOLATION %s: %s%n", kind, text);
      Path file = directory.resolve(kind.replaceAll("[^a-z0-9]+", "-") + "." + number);
      collector.execute(() -> collect(file, kind + ": " + Instant.now() + " " + text));
    }
  }

  /// Where the evidence is.
  Path directory() {
    return directory;
  }

  private void collect(Path file, String title) {
    try {
      Files.writeString(file, title + "\n");
      evidence.accept(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized boolean isEmpty() {
    return counts.isEmpty();
  }

  /// For people: each kind, how often, and some of them; all of them are in the file `violations`.
  synchronized String text() throws IOException {
    var brief = new StringBuilder();
    var all = new StringBuilder();
    counts.forEach((kind, count) -> {
      List<String> kept = byKind.getOrDefault(kind, List.of());
      brief.append("%5d  %s%n       such as %s%n".formatted(count, kind, kept.getFirst()));
      kept.forEach(each -> all.append(kind).append(": ").append(each).append('\n'));
    });
    Files.writeString(directory.resolve("violations"), all);
    return brief.isEmpty() ? "none\n" : brief + "evidence is in " + directory + "\n";
  }

  /// Waits for the evidence.
  @Override
  public void close() {
    collector.shutdown();
    try {
      if (!collector.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        collector.shutdownNow();
      }
    } catch (InterruptedException _) {
      collector.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
