package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The order of all callbacks in generated trees with links, as a partial order: each edge between
/// a device and what it needs, through devices without a driver too, is looked at.
@Timeout(120)
class OrderStress {
  private static final int DEVICES = 10_000;
  private static final int LINKS = 4_000;
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final DeviceType UNDRIVEN = new DeviceType("undriven", AttributeSet.none());

  /// What a tree looks like.
  enum Shape {
    /// Each device is below one of the last few.
    DEEP,
    /// A few devices have all others below them.
    WIDE,
    /// Each device is below any other, or at the top.
    RANDOM
  }

  /// What was called for one device, and when.
  private static final class Log {
    final Map<String, Integer> at = new ConcurrentHashMap<>();
  }

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Power power = model.power();
  private final List<Device> devices = new ArrayList<>();
  private final List<Bus> buses = List.of(world.bus("a"), world.bus("b"), world.bus("c"));
  private final List<Driver> drivers = new ArrayList<>();
  private final AtomicInteger clock = new AtomicInteger();
  private final ConcurrentMap<Device, Log> logs = new ConcurrentHashMap<>();
  private final Set<String> twice = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String refused;

  /// For each device with a driver, those with a driver that it needs next.
  private final Map<Device, Set<Device>> edges = new HashMap<>();

  private final class Noting implements Driver.Callbacks {
    private void hear(Device device, String what) {
      int now = clock.incrementAndGet();
      if ((device.name() + " " + what).equals(refused)) {
        throw new DriverfsException(Errno.EIO, device.path(), "refuses");
      }
      if (logs.computeIfAbsent(device, _ -> new Log()).at.put(what, now) != null) {
        twice.add(device.name() + " " + what);
      }
    }

    @Override
    public void probe(Device device, Context context) {
      hear(device, "probe");
    }

    @Override
    public void remove(Device device) {
      hear(device, "remove");
    }

    @Override
    public void suspend(Device device, SleepLevel level) {
      hear(device, level.toString());
    }

    @Override
    public void resume(Device device, WakeLevel level) {
      hear(device, level.toString());
    }

    @Override
    public void shutdown(Device device) {
      hear(device, "shutdown");
    }
  }

  @ParameterizedTest
  @EnumSource
  void allCallbacks_inAGeneratedTree_keepThePartialOrder(Shape shape) throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("OrderStress " + shape + ": run again with -Dseed=" + seed);
    var random = new Random(seed);
    plant(shape, random);
    for (int i = 0; i < 3; i++) {
      suspendRefused(random);
    }
    suspendAndResume();
    unbindAndBind(random);
    power.shutdown(LONG);
    expectNeedersFirst("shutdown");
    logs.clear();
    drivers.forEach(model::unregister);
    expectNeedersFirstAlongLinks("remove");
    assertThat(twice).isEmpty();
  }

  private void plant(Shape shape, Random random) {
    for (int i = 0; i < DEVICES; i++) {
      Device device =
          Device.builder("d" + i)
              .parent(parent(shape, i, random))
              .bus(buses.get(random.nextInt(buses.size())))
              .type(random.nextInt(4) == 0 ? UNDRIVEN : World.TYPE)
              .build();
      devices.add(device);
      model.register(device);
    }
    for (int i = 0; i < LINKS; i++) {
      link(random);
    }
    for (Bus bus : buses) {
      Driver driver = Driver.builder("driver", bus, new Noting()).ids(World.TYPE.name()).build();
      drivers.add(driver);
      model.register(driver);
    }
    world.settle();
    findEdges();
    expectNeededFirstAlongLinks("probe");
    assertThat(logs).as("devices that were probed").hasSizeGreaterThan(DEVICES / 4);
    logs.clear();
  }

  private @Nullable Device parent(Shape shape, int i, Random random) {
    int parent =
        switch (shape) {
          case DEEP -> i % 1_000 == 0 ? -1 : i - 1 - random.nextInt(Math.min(i % 1_000, 3));
          case WIDE -> i < 5 ? -1 : random.nextInt(5);
          case RANDOM -> random.nextInt(i + 1) - 1;
        };
    return parent < 0 ? null : devices.get(parent);
  }

  /// One that would make a circle is refused.
  private void link(Random random) {
    Device consumer = devices.get(random.nextInt(DEVICES));
    Device supplier = devices.get(random.nextInt(DEVICES));
    try {
      if (!supplier.type().equals(UNDRIVEN)) { // its consumers would never have a driver
        model.link(consumer, supplier);
      }
    } catch (DriverfsException e) {
      assertThat(e.errno()).isIn(Errno.ELOOP, Errno.EEXIST);
    }
  }

  private void findEdges() {
    edges.clear();
    for (Device device : devices) {
      if (device.driver().isPresent()) {
        Set<Device> needed = new HashSet<>();
        Set<Device> seen = new HashSet<>();
        List<Device> open = new ArrayList<>(device.needed());
        while (!open.isEmpty()) {
          Device next = open.removeLast();
          if (next.driver().isPresent()) {
            needed.add(next);
          } else if (seen.add(next)) {
            open.addAll(next.needed());
          }
        }
        edges.put(device, needed);
      }
    }
    int count = edges.values().stream().mapToInt(Set::size).sum();
    assertThat(count).as("edges").isGreaterThan(DEVICES / 4);
  }

  private int at(Device device, String what) {
    Log log = logs.get(device);
    Integer at = log == null ? null : log.at.get(what);
    assertThat(at).as(what + " of " + device.name()).isNotNull();
    return at == null ? 0 : at;
  }

  private boolean has(Device device, String what) {
    Log log = logs.get(device);
    return log != null && log.at.containsKey(what);
  }

  /// Looks at all edges of which both ends have heard that.
  private void expect(String what, boolean isNeededFirst) {
    edges.forEach((device, needed) -> {
      for (Device other : needed) {
        if (has(device, what) && has(other, what)) {
          assertThat(at(other, what) < at(device, what))
              .as(what + ": " + device.name() + " needs " + other.name())
              .isEqualTo(isNeededFirst);
        }
      }
    });
  }

  private void expectNeedersFirst(String what) {
    edges.keySet().forEach(device -> at(device, what));
    expect(what, false);
  }

  private void expectNeededFirst(String what) {
    edges.keySet().forEach(device -> at(device, what));
    expect(what, true);
  }

  /// Only suppliers must have a driver before their consumers, and longer.
  private void expectAlongLinks(String what, boolean isNeededFirst) {
    for (Device device : edges.keySet()) {
      for (Device supplier : device.suppliers()) {
        assertThat(at(supplier, what) < at(device, what))
            .as(what + ": " + device.name() + " needs " + supplier.name())
            .isEqualTo(isNeededFirst);
      }
    }
  }

  private void expectNeededFirstAlongLinks(String what) {
    expectAlongLinks(what, true);
  }

  private void expectNeedersFirstAlongLinks(String what) {
    expectAlongLinks(what, false);
  }

  private void suspendAndResume() throws InterruptedException {
    power.suspend(LONG);
    int last = 0;
    for (SleepLevel level : SleepLevel.values()) {
      expectNeedersFirst(level.toString());
      last = expectAllAfter(last, level.toString());
    }
    power.resume();
    for (WakeLevel level : WakeLevel.values()) {
      expectNeededFirst(level.toString());
      last = expectAllAfter(last, level.toString());
    }
    expectAllAwake();
  }

  /// @return when the last device heard that
  private int expectAllAfter(int before, String what) {
    int last = before;
    for (Device device : edges.keySet()) {
      assertThat(at(device, what)).isGreaterThan(before);
      last = Math.max(last, at(device, what));
    }
    return last;
  }

  private void expectAllAwake() {
    assertThat(power.state()).isEqualTo("on");
    for (Device device : devices) {
      Binding binding = device.binding;
      assertThat(binding == null ? null : binding.asleep()).as(device.name()).isNull();
    }
    logs.clear();
  }

  /// One device refuses at some level: each has come up by just what undoes what it went through.
  private void suspendRefused(Random random) {
    List<Device> driven = new ArrayList<>(edges.keySet());
    SleepLevel level = randomLevel(random);
    Device refusing = driven.get(random.nextInt(driven.size()));
    refused = refusing.name() + " " + level;
    assertErrno(Errno.EIO, () -> power.suspend(LONG));
    refused = null;
    assertThat(has(refusing, level.toString())).isFalse();
    for (SleepLevel down : SleepLevel.values()) {
      expect(down.toString(), false);
    }
    for (WakeLevel up : WakeLevel.values()) {
      expect(up.toString(), true);
    }
    for (Device device : driven) {
      expectUndone(device, SleepLevel.POWER_DOWN, WakeLevel.POWER_ON);
      expectUndone(device, SleepLevel.SAVE_STATE, WakeLevel.RESTORE_STATE);
      expectUndone(device, SleepLevel.NOTIFY, WakeLevel.ENABLE);
    }
    expectAllAwake();
  }

  private static SleepLevel randomLevel(Random random) {
    List<SleepLevel> levels = List.of(SleepLevel.values());
    return levels.get(random.nextInt(levels.size()));
  }

  private void expectUndone(Device device, SleepLevel down, WakeLevel up) {
    assertThat(has(device, up.toString()))
        .as(device.name() + " " + up)
        .isEqualTo(has(device, down.toString()));
    if (has(device, up.toString())) {
      assertThat(at(device, up.toString())).isGreaterThan(at(device, down.toString()));
    }
  }

  /// A device that many need loses its driver and gets it back, and all of them with it.
  private void unbindAndBind(Random random) throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      List<Device> driven = new ArrayList<>(edges.keySet());
      Device device = driven.get(random.nextInt(driven.size()));
      Driver driver = device.driver().orElseThrow();
      model.unbind(device, LONG);
      world.settle();
      expectHeardAlongLinks("remove", false);
      model.bind(device, driver);
      world.settle();
      expectHeardAlongLinks("probe", true);
      assertThat(logs.values()).allMatch(log -> log.at.keySet().equals(Set.of("remove", "probe")));
      logs.clear();
    }
    Map<Device, Set<Device>> before = Map.copyOf(edges);
    findEdges();
    assertThat(edges).as("all have their drivers again").isEqualTo(before);
  }

  private void expectHeardAlongLinks(String what, boolean isNeededFirst) {
    for (Device device : logs.keySet()) {
      for (Device supplier : device.suppliers()) {
        if (has(supplier, what)) {
          assertThat(at(supplier, what) < at(device, what))
              .as(what + ": " + device.name() + " needs " + supplier.name())
              .isEqualTo(isNeededFirst);
        }
      }
    }
  }
}
