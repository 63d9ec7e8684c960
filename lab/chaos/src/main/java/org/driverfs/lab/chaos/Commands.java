package org.driverfs.lab.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.driverfs.lab.chaos.Control.Answer;

/// Gives one command after another, drawn from a seed, until it is told to stop.
final class Commands implements Runnable {
  private static final Duration AT_ONCE = Duration.ofSeconds(1);
  private static final Duration INIT = Duration.ofSeconds(Host.INIT_SECONDS);

  /// How long removes and an exit may take, once a module has begun to go.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MOST_DEVICES = 20;

  private final Random random;
  private final Crowd crowd;
  private final Commander commander;
  private final BooleanSupplier isOver;

  Commands(long seed, Crowd crowd, Commander commander, BooleanSupplier isOver) {
    this.random = new Random(seed);
    this.crowd = crowd;
    this.commander = commander;
    this.isOver = isOver;
  }

  @Override
  public void run() {
    try {
      while (!isOver.getAsBoolean()) {
        one(random.nextInt(100));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void one(int draw) throws IOException {
    boolean isFull = crowd.isFull();
    if (draw < 30 && !isFull && crowd.mayGrow()) {
      insmod();
      return;
    }
    Optional<Member> member = crowd.any(random);
    if (member.isEmpty() || draw < 34) {
      look(draw);
      return;
    }
    Member it = member.get();
    switch (draw) {
      case 34, 35, 36, 37, 38 -> beside(it);
      case 39, 40, 41, 42, 43, 44, 45, 46, 47 -> upgrade(it, false);
      case 48, 49, 50, 51, 52, 53 -> upgrade(it, true);
      case 54, 55, 56, 57, 58, 59, 60, 61 -> act(it);
      case 62, 63, 64, 65, 66, 67, 68, 69 -> bind(it);
      case 70 -> sleep();
      case 71, 72 -> modprobe();
      default -> unload(it, isFull ? 99 : draw);
    }
  }

  private void insmod() throws IOException {
    Member member = crowd.next();
    Path jar = crowd.pack(member, 1);
    crowd.arrived(member, commander.run("insmod", INIT, List.of("insmod", jar.toString())));
    Files.deleteIfExists(jar);
  }

  private void beside(Member it) throws IOException {
    Member other = it.beside();
    Path jar = crowd.pack(it, other.version());
    crowd.arrived(
        other,
        commander.run("insmod --beside", INIT, List.of("insmod", "--beside", jar.toString())));
    Files.deleteIfExists(jar);
  }

  private void upgrade(Member it, boolean revoke) throws IOException {
    Path jar = crowd.pack(it, it.version() + 1);
    // To claim it, to load the next, and for each device that goes over, twice the time given.
    Duration steps = AT_ONCE.multipliedBy(2L * MOST_DEVICES);
    Duration handover = AT_ONCE.plus(INIT).plus(steps);
    // To unload it, to load the next and let it probe; the same two to undo that.
    Duration replacement = AT_ONCE.plus(INIT.multipliedBy(6));
    Optional<Answer> answer =
        revoke
            ? commander.run(
                "upgrade --revoke",
                replacement,
                List.of("upgrade", "--revoke", "--wait=1s", jar.toString()))
            : commander.run("upgrade", handover, List.of("upgrade", "--wait=1s", jar.toString()));
    Files.deleteIfExists(jar);
    if (answer.filter(each -> each.status() == 0).isPresent()) {
      crowd.upgraded(it);
    }
  }

  /// A module does something when a parameter is written; how long it takes is its own affair.
  private void act(Member it) {
    String path = "module/" + it.name() + "/parameters/act";
    String value = Integer.toString(random.nextInt());
    commander.tryFor("set", Duration.ofSeconds(3), List.of("set", path, value));
  }

  private void bind(Member it) {
    String device =
        switch (it.shape()) {
          case WHOLE -> "root/" + it.name() + "/" + it.name() + "-" + random.nextInt(3);
          case GUEST -> "root/ground/p" + random.nextInt(16);
          case NET -> "root/virtual/net/" + crowd.anyInterface(random);
        };
    if (random.nextBoolean()) {
      commander.run("unbind", AT_ONCE, List.of("unbind", "--wait=1", device));
    } else {
      commander.run("bind", PATIENCE, List.of("bind", it.name(), device));
    }
  }

  private void sleep() {
    if (crowd.mayBeAsleep()) {
      commander.run("suspend", PATIENCE, List.of("suspend", "--wait=1"));
      commander.run("resume", PATIENCE, List.of("resume"));
      crowd.isAwake();
    }
  }

  private void modprobe() throws IOException {
    Member member = crowd.findable(random.nextInt(3));
    if (random.nextBoolean()) {
      crowd.arrived(member, commander.run("modprobe", INIT, List.of("modprobe", member.name())));
    } else {
      crowd.left(
          member,
          commander.run(
              "modprobe -r", PATIENCE.plus(PATIENCE), List.of("modprobe", "-r", member.name())));
    }
  }

  private void look(int draw) {
    String verb = draw % 3 == 0 ? "lsmod" : draw % 3 == 1 ? "lsdev" : "lsdrv";
    commander.run(verb, AT_ONCE, List.of(verb));
    pause(100);
  }

  private void pause(int millis) {
    try {
      Thread.sleep(1 + random.nextInt(millis));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void unload(Member it, int draw) {
    String name = it.name();
    Optional<Answer> answer;
    if (draw < 80) {
      answer = commander.run("rmmod", PATIENCE, List.of("rmmod", name));
    } else if (draw < 86) {
      answer =
          commander.run(
              "rmmod --wait", AT_ONCE.plus(PATIENCE), List.of("rmmod", "--wait=1s", name));
    } else {
      answer =
          commander.run(
              "rmmod --revoke", AT_ONCE.multipliedBy(2), List.of("rmmod", "--revoke=2s", name));
    }
    crowd.left(it, answer);
  }
}
