package org.driverfs.lab.chaos;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Knows what is going on, since when, and until when it must have ended. What is late is a
/// violation at the moment when it becomes late; what this machine itself was late by does not
/// count. Thread-safe.
final class Watch implements AutoCloseable {
  private static final long LOOK_MILLIS = 50;

  /// How much longer than it may take something is waited for, to see how long it takes.
  private static final Duration MERCY = Duration.ofSeconds(10);

  /// What one kind of things has taken.
  private static final class Figures {
    private final LongAdder count = new LongAdder();
    private final LongAdder late = new LongAdder();
    private volatile long slowest;
    private volatile long slowestBeyond = Long.MIN_VALUE;
    private volatile String which = "";

    synchronized void add(long nanos, long limit, String what) {
      count.increment();
      slowest = Math.max(slowest, nanos);
      if (nanos - limit > slowestBeyond) {
        slowestBeyond = nanos - limit;
        which = what;
      }
    }
  }

  /// Something that goes on.
  final class Ongoing implements AutoCloseable {
    private final String kind;
    private final String what;
    private final long limit;
    private final @Nullable AutoCloseable hangUp;
    private final long began = System.nanoTime();
    private final long lagBefore = metronome.lag();
    private boolean isLate;

    private Ongoing(String kind, String what, Duration limit, @Nullable AutoCloseable hangUp) {
      this.kind = kind;
      this.what = what;
      this.limit = limit.toNanos();
      this.hangUp = hangUp;
    }

    /// How long it goes on, apart from what this machine has taken.
    Duration taken() {
      return Duration.ofNanos(nanos());
    }

    private long nanos() {
      return System.nanoTime() - began - (metronome.lag() - lagBefore);
    }

    private synchronized void look() throws Exception {
      if (!isLate && nanos() > limit) {
        isLate = true;
        figures(kind).late.increment();
        violations.add(
            kind + " is late", String.format(Locale.ROOT, "%s, after %.1f s", what, limit / 1e9));
      }
      if (hangUp != null && nanos() > limit + MERCY.toNanos()) {
        hangUp.close();
      }
    }

    /// It has ended.
    @Override
    public void close() {
      all.remove(this);
      figures(kind).add(nanos(), limit, what);
    }
  }

  private final Violations violations;
  private final Metronome metronome;
  private final Set<Ongoing> all = ConcurrentHashMap.newKeySet();
  private final Map<String, Figures> figures = new ConcurrentSkipListMap<>();
  private final Thread thread = Thread.ofPlatform().daemon().name("watch").start(this::look);

  Watch(Violations violations, Metronome metronome) {
    this.violations = violations;
    this.metronome = metronome;
  }

  /// Something begins.
  ///
  /// @param limit how long it may take
  /// @param hangUp ends it when it takes much longer; null if nobody can
  Ongoing begin(String kind, String what, Duration limit, @Nullable AutoCloseable hangUp) {
    var ongoing = new Ongoing(kind, what, limit, hangUp);
    all.add(ongoing);
    return ongoing;
  }

  private Figures figures(String kind) {
    return figures.computeIfAbsent(kind, _ -> new Figures());
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(LOOK_MILLIS);
        for (Ongoing each : all) {
          each.look();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      violations.add("the judge fails", e.toString());
    }
  }

  /// For people: a line for each kind.
  String text() {
    var text = new StringBuilder();
    figures.forEach((kind, it) ->
        text.append(
            "%-24s %8d, %4d late, slowest %7.3f s; %+.3f s beside its limit: %s%n"
                .formatted(
                    kind,
                    it.count.sum(),
                    it.late.sum(),
                    it.slowest / 1e9,
                    it.slowestBeyond / 1e9,
                    it.which)));
    return text.toString();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
