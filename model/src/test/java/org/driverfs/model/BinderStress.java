package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Devices and drivers come, go, move and change hands from four threads at once.
@Timeout(120)
class BinderStress {
  private static final Operation SHOW = new Operation(Operation.Kind.SHOW);
  private static final int THREADS = 4;
  private static final int STEPS = 6_000;
  private static final int DEVICES = 6;
  private static final int DRIVERS = 3;

  /// Only what may come of a race; anything else is a defect.
  private static final Set<Errno> EXPECTED =
      Set.of(Errno.EEXIST, Errno.ENODEV, Errno.EBUSY, Errno.EINVAL);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("scsi");
  private final Module module = world.module("m");
  private final Probes probes = new Probes();
  private final Told told = new Told();
  private final AtomicReferenceArray<Device> devices = new AtomicReferenceArray<>(DEVICES);
  private final AtomicReferenceArray<Driver> drivers = new AtomicReferenceArray<>(DRIVERS);

  /// Each device is added, bound, unbound and removed in that order, as observers hear it.
  private static final class Told extends Watcher {
    private final Map<Device, String> state = new ConcurrentHashMap<>();
    private final List<String> wrongs = new ArrayList<>();

    private void go(Device device, String from, String to) {
      String was = to.isEmpty() ? state.remove(device) : state.put(device, to);
      if (!from.equals(was == null ? "" : was)) {
        synchronized (wrongs) {
          wrongs.add(device + " was '" + was + "' instead of '" + from + "'");
        }
      }
    }

    @Override
    public void added(Kobject object) {
      if (object instanceof Device device) {
        go(device, "", "free");
      }
    }

    @Override
    public void removed(Kobject object) {
      if (object instanceof Device device) {
        go(device, "free", "");
      }
    }

    @Override
    public void bound(Device device, Driver driver) {
      go(device, "free", "bound to " + driver.name());
    }

    @Override
    public void unbound(Device device, Driver driver) {
      go(device, "bound to " + driver.name(), "free");
    }

    @Override
    public void moved(Device device) {}
  }

  @Test
  void everything_fromFourThreads_keepsTheInvariants() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("BinderStress: run again with -Dseed=" + seed);
    model.addObserver(told);
    for (int i = 0; i < DEVICES; i++) {
      devices.set(i, world.device(bus, "device" + i));
    }
    for (int i = 0; i < DRIVERS; i++) {
      drivers.set(i, driver(i));
    }
    List<Future<?>> outcomes = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        var random = new Random(seed + t);
        outcomes.add(
            threads.submit(() -> {
              for (int i = 0; i < STEPS; i++) {
                step(random);
              }
              return null;
            }));
      }
    }
    for (Future<?> outcome : outcomes) {
      outcome.get();
    }
    end();
  }

  private void end() {
    for (int i = 0; i < DRIVERS; i++) {
      Driver driver = drivers.get(i);
      attempt(() -> model.unregister(driver));
    }
    for (int i = 0; i < DEVICES; i++) {
      Device device = devices.get(i);
      assertThat(device.driver()).isEmpty();
      attempt(() -> model.unregister(device));
    }
    world.settle(); // a look that began before may still be inside
    probes.assertAtRest();
    assertThat(probes.probes.get()).as("successful probes").isPositive();
    assertThat(told.wrongs).isEmpty();
    assertThat(told.state).isEmpty();
    model.unregister(module);
    model.unregister(bus);
  }

  private Driver driver(int i) {
    return world.track(
        Driver.builder("driver" + i, bus, probes).ids(World.TYPE.name()).owner(module).build());
  }

  private void step(Random random) {
    int d = random.nextInt(DEVICES);
    int r = random.nextInt(DRIVERS);
    Device device = devices.get(d);
    Driver driver = drivers.get(r);
    switch (random.nextInt(8)) {
      case 0 -> attempt(() -> model.register(device));
      case 1 -> {
        attempt(() -> model.unregister(device));
        if (device.isRetired()) {
          devices.compareAndSet(d, device, world.device(bus, "device" + d));
        }
      }
      case 2 -> attempt(() -> model.register(driver));
      case 3 -> {
        attempt(() -> model.unregister(driver));
        if (driver.isRetired()) {
          drivers.compareAndSet(r, driver, driver(r));
        }
      }
      case 4 -> attempt(() -> model.bind(device, driver));
      case 5 -> attempt(() -> model.unbind(device, Duration.ofMillis(50)));
      case 6 -> attempt(() -> model.move(device, null, "", "device" + d + random.nextInt(3)));
      default -> use(device, driver);
    }
  }

  private void use(Device device, Driver driver) {
    if (model.pin(device, driver)) {
      try {
        model.gate().callPinned(driver, device, SHOW, () -> has(device));
      } finally {
        model.unpin(device, driver);
      }
    }
  }

  private boolean has(Device device) {
    if (!probes.has.containsKey(device)) {
      probes.wrongs.incrementAndGet(); // a callback before the probe or after the remove
    }
    return true;
  }

  private static void attempt(World.Attempt attempt) {
    World.attempt(attempt, EXPECTED);
  }
}
