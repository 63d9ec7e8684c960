package org.driverfs.lab.chaos;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.driverfs.lab.chaos.Control.Answer;

/// Gives commands, and judges what comes of them. Thread-safe.
final class Commander {
  private static final Duration SLACK = Duration.ofSeconds(1);

  /// How long it may take after an unloading until somebody has looked whether the classes have
  /// gone.
  private static final Duration COLLECTION = Duration.ofSeconds(Host.COLLECT_SECONDS + 1);

  private final Host host;
  private final Watch watch;
  private final Violations violations;
  private final PrintWriter trace;
  private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();

  /// @param trace a file for all commands and their answers
  Commander(Host host, Watch watch, Violations violations, Path trace) throws IOException {
    this.trace = new PrintWriter(Files.newBufferedWriter(trace), true);
    this.host = host;
    this.watch = watch;
    this.violations = violations;
  }

  /// Gives a command that must end.
  ///
  /// @param kind of command, for the table
  /// @param deadline its own; a second later it must have ended, and with a receipt when its
  ///   classes were looked for too
  /// @return empty if there was no answer
  Optional<Answer> run(String kind, Duration deadline, List<String> words) {
    boolean isOwed = Verdict.owesReceipt(words);
    Duration limit = deadline.plus(SLACK).plus(isOwed ? COLLECTION : Duration.ZERO);
    Optional<Answer> answer = judged(kind, limit, words);
    answer.ifPresent(it -> {
      boolean isLate = it.taken().compareTo(deadline.plus(SLACK)) > 0;
      if (isOwed && isLate && it.status() != 0 && it.taken().compareTo(limit) <= 0) {
        violations.add(kind + " is late", what(words) + " after " + it.taken() + ": " + it.brief());
      }
    });
    return answer;
  }

  /// Asks how the daemon is, which it must say within a second.
  Optional<Answer> status() {
    return judged("status", SLACK, List.of("status"));
  }

  private static String what(List<String> words) {
    return String.join(" ", words);
  }

  private Optional<Answer> judged(String kind, Duration limit, List<String> words) {
    try (Control control = Control.connect(host.socket());
        var ongoing = watch.begin(kind, what(words), limit, control)) {
      Answer answer = control.ask(words).after(ongoing.taken());
      count(kind, Verdict.outcome(answer));
      if (!kind.equals("status")) {
        trace.printf("%s %s %s: %s%n", Instant.now(), answer.taken(), what(words), answer.brief());
      }
      Verdict.wrong(words, answer)
          .ifPresent(wrong -> violations.add(wrong, what(words) + ": " + answer.brief()));
      return Optional.of(answer);
    } catch (ClosedChannelException _) {
      failed(kind, "given up", words);
    } catch (EOFException e) {
      failed(kind, "hung up", words);
      violations.add("a command without an answer", what(words) + ": the daemon hung up");
    } catch (IOException e) {
      failed(kind, "refused", words);
      violations.add("no connection", what(words) + ": " + e);
    }
    pause();
    return Optional.empty();
  }

  /// Gives a command that may take as long as a driver likes: it is given up after some time.
  void tryFor(String kind, Duration time, List<String> words) {
    try (Control control = Control.connect(host.socket())) {
      Thread timer = Thread.ofVirtual().start(() -> hangUp(control, time));
      count(kind, Verdict.outcome(control.ask(words)));
      timer.interrupt();
    } catch (IOException e) {
      count(kind, "given up");
    }
  }

  /// Asks something for the sake of evidence, which is not judged.
  String look(String verb) {
    try (Control control = Control.connect(host.socket())) {
      Thread timer = Thread.ofVirtual().start(() -> hangUp(control, SLACK));
      Answer answer = control.ask(List.of(verb));
      timer.interrupt();
      return answer.out() + answer.err();
    } catch (IOException e) {
      return "no answer to " + verb + ": " + e + "\n";
    }
  }

  private static void hangUp(AutoCloseable control, Duration time) {
    try {
      Thread.sleep(time);
      control.close();
    } catch (Exception _) {
      // It has ended.
    }
  }

  private void failed(String kind, String how, List<String> words) {
    count(kind, how);
    trace.printf("%s %s: %s%n", Instant.now(), what(words), how);
  }

  private void count(String kind, String outcome) {
    outcomes.computeIfAbsent(kind + ": " + outcome, _ -> new LongAdder()).increment();
  }

  /// Or a daemon that has gone would be asked without end.
  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// For people: a line for each kind of command and outcome.
  String text() {
    var text = new StringBuilder();
    outcomes.forEach((what, count) -> text.append("%-60s %8d%n".formatted(what, count.sum())));
    return text.toString();
  }
}
