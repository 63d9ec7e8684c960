package org.driverfs.lab.chaos;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.driverfs.lab.chaos.driver.Script.Shape;

/// Lets modules that misbehave in each of their callbacks come and go in a real daemon, while it is
/// told to do all that it can do, and looks whether anybody else notices.
public final class Chaos {
  private static final int COMMANDERS = 8;
  private static final int MEDDLERS = 6;
  private static final int READERS = 2;
  private static final int EVENTS_KEPT = 70_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final List<String> DEEDS =
      List.of("deeds_a-f", "deeds_g-o", "deeds_p-r", "deeds_s-z");

  private final Options options;
  private final Path directory;
  private final Path stop;
  private final Host host;
  private final Metronome metronome = new Metronome();
  private final Violations violations;
  private final Watch watch;
  private final Commander commander;
  private final Jars jars;
  private final Crowd crowd;
  private volatile boolean isOver;
  private volatile String deeds = "";

  private Chaos(Options options, Path directory)
      throws IOException, InterruptedException, URISyntaxException {
    this.options = options;
    this.directory = directory;
    this.stop = directory.resolve("stop");
    Path evidence = Files.createDirectory(directory.resolve("evidence"));
    Files.createDirectory(directory.resolve("jars"));
    this.host = Host.start(directory, options);
    this.violations = new Violations(evidence, this::collect);
    this.watch = new Watch(violations, metronome);
    this.commander = new Commander(host, watch, violations, evidence.resolve("commands"));
    this.jars = new Jars(directory.resolve("jars"));
    this.crowd = new Crowd(options, jars, stop, host.mountInside());
  }

  /// Runs it, and ends with status 1 if anybody has noticed anything.
  public static void main(String[] args) throws Exception {
    Options options;
    try {
      options = Options.parse(List.of(args));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(run(options) ? 0 : 1);
  }

  /// Runs it, and prints what came of it.
  ///
  /// @return whether nobody has noticed anything
  public static boolean run(Options options) throws Exception {
    System.out.println("seed " + options.seed() + ": " + options);
    Path directory = Files.createTempDirectory("driverfs-chaos");
    var chaos = new Chaos(options, directory);
    boolean isRight = false;
    try {
      isRight = chaos.run();
      return isRight;
    } finally {
      chaos.close();
      if (isRight) {
        delete(directory);
      }
    }
  }

  private boolean run() throws Exception {
    Footprint before = warmUp();
    List<Thread> steady = new ArrayList<>();
    BooleanSupplier isGone = () -> isOver || !host.isAlive();
    for (int i = 0; i < READERS; i++) {
      steady.add(start("reader", new Reader(host.mount(), watch, violations, isGone)));
    }
    steady.add(start("status", () -> askOnAndOn(isGone)));
    steady.add(start("deeds", () -> countOnAndOn(isGone)));
    chaos();
    Files.createFile(stop);
    System.out.println("chaos is told to stop");
    isOver = true;
    join(steady, PATIENCE);
    if (host.isAlive()) {
      new Farewell(host, commander, violations).say(before);
    } else {
      violations.add("the daemon dies", host.log().tail());
    }
    host.log().takeComplaints().forEach(it -> violations.add("the log complains", it));
    violations.close();
    System.out.println(text());
    return violations.isEmpty();
  }

  /// What chaos is compared with: a daemon that has done everything once, with modules that behave.
  private Footprint warmUp() throws IOException, InterruptedException {
    insmod(jars.good());
    insmod(jars.ground());
    commander.run("settle", PATIENCE, List.of("settle"));
    for (Shape shape : Shape.values()) {
      for (int i = 0; i < 3; i++) {
        String name = "warm-" + shape;
        comeAndGo(new Member(name, name, options.seed(), shape, 1 + 2 * i));
      }
    }
    new Hotplug(options.seed(), host, watch, violations, new Times(2)).run();
    new Reader(host.mount(), watch, violations, new Times(500)).run();
    Files.writeString(host.mount().resolve("root/good/g0/publish"), Integer.toString(EVENTS_KEPT));
    for (int i = 0; i < Crowd.findables(); i++) {
      Files.move(crowd.pack(crowd.findable(i), 1), directory.resolve("path/m" + i + "-1.jar"));
    }
    commander.run("settle", PATIENCE, List.of("settle"));
    return Footprint.of(host);
  }

  private void comeAndGo(Member member) throws IOException {
    var calm = new Crowd(calm(), jars, stop, host.mountInside());
    String way = member.shape() == Shape.WHOLE ? "--revoke" : "--wait=5s";
    Path next = calm.pack(member, member.version() + 1);
    insmod(calm.pack(member, member.version()));
    commander.run("settle", PATIENCE, List.of("settle"));
    commander.run("upgrade", PATIENCE, List.of("upgrade", way, next.toString()));
    commander.run("rmmod", PATIENCE, List.of("rmmod", "--revoke", member.name()));
  }

  private Options calm() {
    return new Options(options.seed(), options.time(), 1, options.heap(), options.files(), true);
  }

  private void insmod(Path jar) {
    commander.run("insmod", PATIENCE, List.of("insmod", jar.toString()));
  }

  private void chaos() throws InterruptedException, IOException {
    long end = System.nanoTime() + options.time().toNanos();
    BooleanSupplier isDone = () -> System.nanoTime() - end > 0 || !host.isAlive();
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < COMMANDERS; i++) {
      all.add(start("commands", new Commands(options.seed() + i, crowd, commander, isDone)));
    }
    List<Thread> meddlers = new ArrayList<>();
    for (int i = 0; i < MEDDLERS; i++) {
      long seed = options.seed() - 1 - i;
      meddlers.add(start("meddler", new Meddler(seed, host.mount(), isDone)));
    }
    all.add(start("hotplug", new Hotplug(options.seed(), host, watch, violations, isDone)));
    while (!isDone.getAsBoolean()) {
      Thread.sleep(1_000);
      host.log().takeComplaints().forEach(it -> violations.add("the log complains", it));
    }
    join(all, Duration.ofSeconds(60));
    meddlers.forEach(Thread::interrupt);
  }

  private static Thread start(String name, Runnable body) {
    return Thread.ofPlatform().daemon().name(name).start(body);
  }

  private static void join(List<Thread> threads, Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (Thread each : threads) {
      each.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
  }

  private void askOnAndOn(BooleanSupplier isGone) {
    try {
      while (!isGone.getAsBoolean()) {
        commander.status();
        Thread.sleep(100);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// In a thread of its own, since a mount that hangs keeps who reads.
  private void countOnAndOn(BooleanSupplier isGone) {
    try {
      while (!isGone.getAsBoolean()) {
        Thread.sleep(1_000);
        deeds = deeds(deeds);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// What the modules have counted, or what they had counted before if that cannot be had.
  private String deeds(String before) {
    var all = new StringBuilder();
    for (String file : DEEDS) {
      try (var _ = watch.begin("read", file, Duration.ofSeconds(1), null)) {
        all.append(Files.readString(host.mount().resolve("root/good/g0/" + file)));
      } catch (IOException e) {
        if (host.isAlive()) {
          violations.add("a read fails", file + ": " + e);
        }
        return before;
      }
    }
    return all.toString();
  }

  /// Writes how the daemon is.
  private void collect(Path to) {
    try {
      var text = new StringBuilder(Files.readString(to));
      text.append("--- status\n").append(commander.look("status"));
      text.append("--- modules\n").append(commander.look("lsmod"));
      text.append("--- threads of the JVM\n").append(host.jcmd("Thread.print"));
      Path virtual = to.resolveSibling(to.getFileName() + ".threads");
      host.jcmd("Thread.dump_to_file", "-overwrite", virtual.toString());
      text.append("--- the end of the log\n").append(host.log().tail());
      Files.writeString(to, text);
    } catch (IOException e) {
      System.err.println("no evidence: " + e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private String text() throws IOException {
    return """

    %d modules of chaos; what they did in each callback:
    %s
    what came of commands:
    %s
    how long things took:
    %s
    violations (seed %d):
    %s\
    """
        .formatted(
            crowd.made(),
            Deeds.table(deeds),
            commander.text(),
            watch.text(),
            options.seed(),
            violations.text());
  }

  private void close() throws InterruptedException {
    isOver = true;
    if (!Files.exists(stop)) {
      try {
        Files.createFile(stop);
      } catch (IOException e) {
        System.err.println(stop + ": " + e);
      }
    }
    host.close();
    watch.close();
    metronome.close();
    violations.close();
    TimeUnit.MILLISECONDS.sleep(1);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /// Over after being asked so many times.
  private static final class Times implements BooleanSupplier {
    private int left;

    Times(int times) {
      left = times;
    }

    @Override
    public boolean getAsBoolean() {
      return left-- <= 0;
    }
  }
}
