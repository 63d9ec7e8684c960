package org.driverfs.lab.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/// What the daemon says: kept in a file up to some size, and looked through for what a framework
/// never says, whatever modules do. Thread-safe.
final class DaemonLog {
  private static final long MOST_BYTES = 64L << 20;
  private static final int TAIL = 200;
  private static final int MOST_COMPLAINTS = 200;
  private static final int FOLLOWING = 12;

  /// Errors are the framework's own; what a module has thrown is a warning.
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "\\S+ ERROR .*"
              + "|Exception in thread \"(?!chaos).*"
              + "|Exception: .* thrown from .*thread \"(?!chaos).*"
              + "|.*A fatal error has been detected.*");

  private final Thread thread;

  // Guarded by the monitor of this.
  private final Deque<String> tail = new ArrayDeque<>();
  private final List<String> complaints = new ArrayList<>();
  private int following;
  private long bytes;

  DaemonLog(InputStream from, Path to) {
    thread = Thread.ofPlatform().daemon().name("log").start(() -> copy(from, to));
  }

  private void copy(InputStream from, Path to) {
    try (var lines = new BufferedReader(new InputStreamReader(from, UTF_8));
        var file = new PrintWriter(Files.newBufferedWriter(to))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (take(line)) {
          file.println(line);
          file.flush();
        }
      }
    } catch (IOException _) {
      // The daemon was killed.
    }
  }

  private synchronized boolean take(String line) {
    tail.add(line);
    if (tail.size() > TAIL) {
      tail.remove();
    }
    if (COMPLAINT.matcher(line).matches() && complaints.size() < MOST_COMPLAINTS) {
      complaints.add(line);
      following = FOLLOWING;
    } else if (following > 0) {
      following--;
      complaints.add(complaints.removeLast() + "\n         " + line);
    }
    bytes += line.length() + 1;
    return bytes < MOST_BYTES;
  }

  /// Whether it was said lately.
  synchronized boolean has(String words) {
    return tail.stream().anyMatch(line -> line.contains(words));
  }

  synchronized String tail() {
    return String.join("\n", tail);
  }

  /// What a framework should not have to say, since this was asked last.
  synchronized List<String> takeComplaints() {
    List<String> all = List.copyOf(complaints);
    complaints.clear();
    following = 0;
    return all;
  }

  void close() throws InterruptedException {
    thread.join(1_000);
  }
}
