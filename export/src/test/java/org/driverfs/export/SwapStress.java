package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Module;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two drivers that cannot share a port come and go, with their modules, while it is read.
@Timeout(300)
class SwapStress {
  private static final int SWAPS = Integer.getInteger("swaps", 10_000);
  private static final String MODE = "root/parport0/mode";

  @RegisterExtension final World world = new World();
  private final Bus bus = world.track(new Bus("parport"));
  private final Device port =
      world.track(
          Device.builder("parport0")
              .bus(bus)
              .type(new DeviceType("port", AttributeSet.none()))
              .build());
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicInteger reads = new AtomicInteger();
  private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();

  /// A driver that keeps something of its own from its probe to its remove.
  private static final class Port implements Driver.Callbacks {
    private final String name;
    private volatile String claimed = "nobody";

    Port(String name) {
      this.name = name;
    }

    @Override
    public void probe(Device device, Context context) {
      claimed = name;
    }

    @Override
    public void remove(Device device) {
      claimed = "nobody";
    }

    String show() {
      String before = claimed;
      for (int i = 0; i < 100; i++) {
        Thread.onSpinWait(); // so that others can come between
      }
      return name + " " + before + " " + claimed;
    }
  }

  private Driver driver(String name, Module module) {
    var callbacks = new Port(name);
    return Driver.builder(name, bus, callbacks)
        .ids("port")
        .owner(module)
        .deviceAttributes(
            AttributeSet.of(List.of(Attribute.<Device>readOnly("mode", _ -> callbacks.show()))))
        .build();
  }

  @Test
  void swap_whileReadersPoll_theySeeTheOneTheOtherOrNone() throws Exception {
    world.model.register(bus);
    world.model.register(port);
    List<Future<?>> outcomes = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(2)) {
      outcomes.add(threads.submit(() -> readUntilOver(1)));
      outcomes.add(threads.submit(() -> readUntilOver(10)));
      try {
        for (int i = 0; i < SWAPS; i++) {
          swap(i % 2 == 0 ? "lp" : "plip");
        }
      } finally {
        isOver.set(true);
      }
    }
    for (Future<?> outcome : outcomes) {
      outcome.get();
    }
    assertThat(seen.keySet())
        .containsOnly("lp lp lp", "plip plip plip", Errno.ENODEV.name(), Errno.ENOENT.name());
    System.out.println(SWAPS + " swaps; the readers saw " + seen);
    world.model.unregister(port);
    world.model.unregister(bus);
  }

  /// A driver comes, has the port for a while, and goes with its module.
  private void swap(String name) {
    var module = new Module(name, "1");
    Driver driver = driver(name, module);
    world.model.register(module);
    world.model.register(driver);
    world.settle();
    assertThat(port.driver()).containsSame(driver);
    int before = reads.get();
    while (reads.get() == before) {
      Thread.onSpinWait(); // so that each is read
    }
    world.model.unregister(driver);
    while (!isGone(module)) {
      Thread.onSpinWait(); // a reader is still inside
    }
    while (module.users() > 0) {
      Thread.onSpinWait(); // a reader that is refused is counted until it has seen that
    }
    assertThat(driver.references()).isZero();
  }

  private boolean isGone(Module module) {
    try {
      world.model.unregister(module);
      return true;
    } catch (DriverfsException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBUSY);
      return false;
    }
  }

  /// @param times how often each open file is read from its beginning
  private void readUntilOver(int times) {
    while (!isOver.get()) {
      try {
        OpenFile file = world.open(MODE, OpenMode.READ);
        try {
          for (int i = 0; i < times; i++) {
            see(new String(file.readAll(), StandardCharsets.UTF_8));
          }
        } finally {
          world.tree.openFiles().close(file);
        }
      } catch (DriverfsException e) {
        see(e.errno().name());
      }
    }
  }

  private void see(String value) {
    reads.incrementAndGet();
    seen.computeIfAbsent(value.strip(), _ -> new AtomicInteger()).incrementAndGet();
  }
}
