package org.driverfs.lab.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.driverfs.lab.chaos.Control.Answer;

/// What must be true when all chaos has ended: every module goes, and nothing is left of it.
final class Farewell {
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration SETTLE = Duration.ofSeconds(10);
  private static final long PATIENCE_NANOS = 40_000_000_000L;
  private static final long LOOK_MILLIS = 500;

  private final Host host;
  private final Commander commander;
  private final Violations violations;

  Farewell(Host host, Commander commander, Violations violations) {
    this.host = host;
    this.commander = commander;
    this.violations = violations;
  }

  /// @param before what the daemon has taken when only the good modules were there
  void say(Footprint before) throws IOException, InterruptedException {
    if (!isAnswering()) {
      violations.add("the daemon answers nobody any more", "when chaos had ended");
      return;
    }
    commander.run("resume", DEADLINE, List.of("resume"));
    commander
        .run("settle", SETTLE, List.of("settle"))
        .filter(it -> it.status() != 0)
        .ifPresent(it -> violations.add("nothing settles", it.brief()));
    unloadAll();
    requireAtRest();
    for (String name : List.of("good", "ground")) {
      Optional<Answer> answer = commander.run("rmmod", DEADLINE, List.of("rmmod", name));
      if (answer.filter(it -> it.status() == 0).isEmpty()) {
        violations.add("a good module stays", name + ": " + answer.map(Answer::brief).orElse("-"));
      }
    }
    requireFootprint(before);
    end();
  }

  /// It may take its time at first: those who hang come back only now.
  private boolean isAnswering() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      if (!status().isEmpty()) {
        return true;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    return false;
  }

  private void unloadAll() throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    List<String> left = chaotic();
    Map<String, String> answers = Map.of();
    while (!left.isEmpty() && System.nanoTime() < end) {
      answers = unload(left);
      Thread.sleep(2 * LOOK_MILLIS);
      left = chaotic();
    }
    for (String name : left) {
      violations.add("a module does not go", name + ": " + answers.getOrDefault(name, "-"));
    }
  }

  /// All of them at once, since each may take its time.
  private Map<String, String> unload(List<String> names) throws InterruptedException {
    Map<String, String> answers = new ConcurrentHashMap<>();
    List<Thread> threads =
        names.stream()
            .map(name -> Thread.ofPlatform().daemon().start(() -> answers.put(name, unload(name))))
            .toList();
    for (Thread each : threads) {
      each.join();
    }
    return answers;
  }

  private String unload(String name) {
    return commander
        .run("last rmmod", DEADLINE, List.of("rmmod", "--revoke=5s", name))
        .map(Answer::brief)
        .orElse("no answer");
  }

  /// The modules that are there, but for the good ones.
  private List<String> chaotic() {
    return commander
        .run("lsmod", Duration.ofSeconds(1), List.of("lsmod"))
        .map(answer ->
            answer
                .out()
                .lines()
                .skip(1)
                .map(line -> line.split("\\s+", 2)[0])
                .filter(name -> !name.equals("good") && !name.equals("ground"))
                .toList())
        .orElse(List.of());
  }

  private void requireAtRest() throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS / 4;
    String status = status();
    while (!isAtRest(status) && System.nanoTime() < end) {
      Thread.sleep(LOOK_MILLIS);
      status = status();
    }
    if (!isAtRest(status)) {
      violations.add("counts are not 0", status.replace('\n', '|'));
    }
    commander
        .run("lsmod", Duration.ofSeconds(1), List.of("lsmod"))
        .filter(it ->
            !it.out().lines().skip(1).allMatch(line -> line.matches("\\S+ +\\S+ +live +0 .*")))
        .ifPresent(it -> violations.add("a good module is in use", it.brief()));
  }

  private String status() {
    return commander.status().map(Answer::out).orElse("");
  }

  private static boolean isAtRest(String status) {
    return List.of("open_files", "inside_drivers", "mount_inside_drivers", "mount_pending_notices")
        .stream()
        .allMatch(it -> Pattern.compile("(?m)^" + it + " 0$").matcher(status).find());
  }

  private void requireFootprint(Footprint before) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    Footprint now = Footprint.of(host);
    while (!now.grownSince(before).isEmpty() && System.nanoTime() < end) {
      Thread.sleep(4 * LOOK_MILLIS);
      now = Footprint.of(host);
    }
    System.out.printf("before: %s%nafter:  %s%n", before, now);
    List<String> all = now.grownSince(before);
    if (!all.isEmpty()) {
      host.jcmd("GC.heap_dump", violations.directory().resolve("heap.hprof").toString());
    }
    for (String grown : all) {
      violations.add(grown + " have grown", "from " + before + " to " + now);
    }
  }

  private void end() throws InterruptedException {
    commander.run("down", DEADLINE, List.of("down"));
    int status = host.awaitEnd(DEADLINE.toSeconds());
    if (status != 0) {
      violations.add("the daemon does not end well", "exit status " + status);
    }
  }
}
