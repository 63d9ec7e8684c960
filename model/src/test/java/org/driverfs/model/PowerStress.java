package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Devices are used, controlled, bound, unbound, linked and moved from four threads at once, and
/// the system sleeps from time to time.
@Timeout(120)
class PowerStress {
  private static final int THREADS = 4;
  private static final int STEPS = 5_000;
  private static final int DEVICES = 6;
  private static final Duration LONG = Duration.ofSeconds(30);

  /// Only what may come of a race, or of a callback that refuses; anything else is a defect.
  private static final Set<Errno> EXPECTED =
      Set.of(
          Errno.EBUSY,
          Errno.ENODEV,
          Errno.EAGAIN,
          Errno.EEXIST,
          Errno.ENOENT,
          Errno.ELOOP,
          Errno.EINVAL,
          Errno.EOPNOTSUPP,
          Errno.EIO);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Power power = model.power();
  private final Bus bus = world.bus("soc");
  private final Sleepers sleepers = new Sleepers();
  private final Driver driver = sleepers.driver(world, bus, "sleepers");
  private final List<Device> devices = new ArrayList<>();
  private final Map<Device, AtomicInteger> users = new ConcurrentHashMap<>();

  @Test
  void everything_fromFourThreads_keepsTheOrder() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("PowerStress: run again with -Dseed=" + seed);
    model.register(driver);
    for (int i = 0; i < DEVICES; i++) {
      Device parent = i < 2 ? null : devices.get(i - 2);
      Device device =
          world.track(Device.builder("d" + i).parent(parent).bus(bus).type(World.TYPE).build());
      devices.add(device);
      world.register(device);
      sleepers.does.put("suspend " + device.name(), this::expectUnused);
    }
    sleepers.calls.clear();
    List<Future<?>> outcomes = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        var random = new Random(seed + t);
        outcomes.add(threads.submit(() -> run(random)));
      }
    }
    for (Future<?> outcome : outcomes) {
      outcome.get();
    }
    end();
  }

  private void run(Random random) {
    for (int i = 0; i < STEPS; i++) {
      step(random);
    }
  }

  private AtomicInteger users(Device device) {
    return users.computeIfAbsent(device, _ -> new AtomicInteger());
  }

  private void expectUnused(Device device) {
    if (users(device).get() > 0) {
      sleepers.wrongs.add("suspended while it is used " + device.name());
    }
  }

  private void step(Random random) {
    Device device = devices.get(random.nextInt(DEVICES));
    Device other = devices.get(random.nextInt(DEVICES));
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> attempt(() -> power.auto(device, random.nextInt(4) > 0));
      case 3, 4 -> attempt(() -> power.autosuspendDelay(device, random.nextInt(3) - 1));
      case 5, 6, 7 -> attempt(() -> power.sleep(device));
      case 8 -> attempt(() -> model.unbind(device, LONG));
      case 9, 10 -> attempt(() -> model.bind(device, driver));
      case 11 -> attempt(() -> model.link(device, other));
      case 12, 13 -> attempt(() -> model.unlink(device, other));
      case 14 -> attempt(() -> model.move(device, other, "", device.name()));
      case 15 -> attempt(() -> sleepSystem(random));
      case 16 -> refuse(random, device);
      default -> attempt(() -> use(device));
    }
  }

  private void use(Device device) {
    try (Power.Use _ = power.use(device)) {
      users(device).incrementAndGet();
      try {
        if (Boolean.FALSE.equals(sleepers.isAwake.get(device))) {
          sleepers.wrongs.add("used while it sleeps " + device.name());
        }
        Thread.onSpinWait();
      } finally {
        users(device).decrementAndGet();
      }
    }
  }

  private void sleepSystem(Random random) throws InterruptedException {
    if (random.nextInt(10) == 0) {
      power.suspend(LONG);
      power.resume();
    }
  }

  private void refuse(Random random, Device device) {
    if (random.nextInt(3) == 0) {
      sleepers.refused.add("suspend " + device.name());
    } else {
      sleepers.refused.clear();
    }
  }

  private static void attempt(World.Attempt attempt) {
    World.attempt(attempt, EXPECTED);
  }

  private void end() {
    sleepers.refused.clear();
    world.settle();
    assertThat(power.state()).isEqualTo("on");
    assertThat(sleepers.calls).as("it has slept").contains("suspend d0").contains("resume d0");
    for (Device device : devices) {
      power.auto(device, true);
      power.autosuspendDelay(device, 0);
      power.use(device).close();
    }
    await()
        .untilAsserted(
            () -> devices.forEach(it -> assertThat(sleepers.isAwake.get(it)).isNotEqualTo(true)));
    devices.forEach(it -> assertThat(World.users(it)).as("" + it).isZero());
    model.unregister(driver);
    assertThat(sleepers.isAwake).isEmpty();
    sleepers.assertNothingWrong();
  }
}
