package org.driverfs.lab.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.function.BooleanSupplier;

/// Plugs pairs of network interfaces in and pulls them out: the kernel says so, and the mount must
/// show it soon.
final class Hotplug implements Runnable {
  /// A second, and one for the kernel to tell.
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final int PAIRS = 3;
  private static final long LOOK_MILLIS = 10;

  private final Random random;
  private final Host host;
  private final Watch watch;
  private final Violations violations;
  private final BooleanSupplier isOver;
  private int plugged;

  Hotplug(long seed, Host host, Watch watch, Violations violations, BooleanSupplier isOver) {
    this.random = new Random(seed);
    this.host = host;
    this.watch = watch;
    this.violations = violations;
    this.isOver = isOver;
  }

  @Override
  public void run() {
    try {
      for (int i = 0; !isOver.getAsBoolean(); i++) {
        Thread.sleep(random.nextInt(400));
        pair("chaos" + i % PAIRS, random.nextInt(1_500));
      }
    } catch (IOException e) {
      violations.add("the judge fails", "hotplug: " + e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void pair(String name, int millis) throws IOException, InterruptedException {
    if (!host.run("ip", "link", "add", name + "a", "type", "veth", "peer", "name", name + "b")) {
      throw new IOException("no pair " + name);
    }
    plugged++;
    await("plug", name + "a", true);
    await("plug", name + "b", true);
    Thread.sleep(millis);
    if (!host.run("ip", "link", "del", name + "a")) {
      throw new IOException("no end of pair " + name);
    }
    await("unplug", name + "a", false);
    await("unplug", name + "b", false);
  }

  private void await(String kind, String name, boolean isThere) throws InterruptedException {
    Path file = host.mount().resolve("root/virtual/net/" + name + "/mtu");
    long patience = 3 * LIMIT.toNanos();
    try (var ongoing = watch.begin(kind, name, LIMIT, null)) {
      while (Files.exists(file, LinkOption.NOFOLLOW_LINKS) != isThere) {
        if (ongoing.taken().toNanos() > patience || !host.isAlive()) {
          return;
        }
        Thread.sleep(LOOK_MILLIS);
      }
    }
  }

  int plugged() {
    return plugged;
  }
}
