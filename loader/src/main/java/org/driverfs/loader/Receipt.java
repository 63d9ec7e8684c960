package org.driverfs.loader;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// What is certain after a module was unloaded, in words and figures: nothing in it keeps anything
/// of the module.
///
/// @param number of this receipt
/// @param subject what was unloaded
/// @param course how that went
/// @param findings what came of it
/// @param collection whether its classes have gone
public record Receipt(
    long number, Subject subject, Course course, Findings findings, Collection collection) {
  /// What was unloaded.
  ///
  /// @param generation how many of that name had been loaded, with it
  /// @param loader the name of its class loader; empty if it had none
  public record Subject(String name, String version, int generation, String loader) {}

  /// How it went.
  ///
  /// @param way how it was asked for
  /// @param began when
  /// @param drained how long it took until nobody was in its code
  /// @param took how long it took until nothing of it was registered
  /// @param users who used it at the beginning
  public record Course(
      String way, Instant began, Duration drained, Duration took, List<String> users) {}

  /// What came of it.
  ///
  /// @param released what it had and was taken back, in this order
  /// @param forced what it had left behind or failed to release, and was taken from it
  /// @param left what it has left behind and cannot be taken from it
  public record Findings(List<String> released, List<String> forced, List<String> left) {}

  /// Whether the classes have gone.
  public enum Collected {
    /// Nobody has looked yet.
    PENDING,
    /// The class loader was collected.
    YES,
    /// It was not, as long as somebody looked: `driverfs leak` says why.
    NO,
    /// The module had no class loader of its own.
    NONE
  }

  /// What the garbage collector says.
  ///
  /// @param after how long after the unloading that was seen
  /// @param before the memory before the unloading
  /// @param now the memory when this was seen
  public record Collection(Collected state, Duration after, Memory before, Memory now) {}

  /// How much memory is in use.
  ///
  /// @param heap in bytes
  /// @param metaspace in bytes
  public record Memory(long heap, long metaspace) {}

  Receipt with(Collection newCollection) {
    return new Receipt(number, subject, course, findings, newCollection);
  }

  /// Whether nothing is left: nobody in its code, all released, all collected.
  public boolean isClean() {
    return findings.left().isEmpty() && isCollected();
  }

  /// Whether there are no classes of it any more, or never were.
  public boolean isCollected() {
    return collection.state() == Collected.YES || collection.state() == Collected.NONE;
  }

  /// For people: a line for each thing.
  public String text() {
    var text = new StringBuilder();
    line(
        text,
        "receipt %d: module %s %s, generation %d"
            .formatted(number, subject.name(), subject.version(), subject.generation()));
    line(text, "way: " + course.way() + ", at " + course.began());
    list(text, "users at the start", course.users());
    line(text, "nobody in its code after: " + millis(course.drained()));
    line(text, "unloaded after: " + millis(course.took()));
    list(text, "released", findings.released());
    list(text, "forced", findings.forced());
    list(text, "left behind", findings.left());
    line(text, "class loader: " + collected());
    Memory before = collection.before();
    Memory now = collection.now();
    line(
        text, "heap: " + mebibytes(before.heap()) + " before, " + mebibytes(now.heap()) + " after");
    line(
        text,
        "metaspace: %s before, %s after"
            .formatted(mebibytes(before.metaspace()), mebibytes(now.metaspace())));
    return text.toString();
  }

  /// What became of the class loader, in words.
  public String collected() {
    return switch (collection.state()) {
      case PENDING -> "not looked at yet";
      case YES -> "collected after " + millis(collection.after());
      case NO ->
          "NOT collected within %s; `driverfs leak %s` says what holds it"
              .formatted(millis(collection.after()), subject.name());
      case NONE -> "it had none";
    };
  }

  private static void list(StringBuilder text, String name, List<String> items) {
    line(text, name + (items.isEmpty() ? ": nothing" : ":"));
    items.forEach(item -> line(text, "  " + item));
  }

  private static void line(StringBuilder text, String line) {
    text.append(line).append('\n');
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
