package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.loader.Receipt.Memory;
import org.driverfs.model.Device;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Events;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A module is loaded, has four devices, is read and unloaded, again and again, while two threads
/// open and read its files all the time. Afterwards all is as it was; no callback runs after the
/// receipt of its loading, which a canary in the module would tell.
@Timeout(300)
@SuppressWarnings("NullAway.Init") // set by JUnit
class CyclesStress {
  private static final int CYCLES = Integer.getInteger("cycles", 2000);
  private static final int BATCH = 50;
  private static final int DEVICES = 4;

  /// What the heap may differ by when two moments are compared: 2 KiB a cycle, of some 100 that one
  /// loading takes. A run differs from the next by about half of that.
  private static final long HEAP_SLACK = 4L << 20;

  private static final long METASPACE_SLACK = 1L << 20;

  @RegisterExtension final Host host = new Host();
  private final Modules modules = host.modules;
  private final Set<Integer> ended = ConcurrentHashMap.newKeySet();
  private final List<String> late = new CopyOnWriteArrayList<>();
  private final List<Object> wrong = new CopyOnWriteArrayList<>();
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong gone = new AtomicLong();
  @TempDir private Path directory;

  private record Figures(Memory memory, int threads, long descriptors) {
    /// @param threads how many may be left when those that are idle have ended
    static Figures nowWith(int threads) {
      await().until(() -> living() <= threads);
      return now();
    }

    private static int living() {
      return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    static Figures now() {
      System.gc();
      System.gc();
      var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Figures(Collector.memory(), living(), system.getOpenFileDescriptorCount());
    }
  }

  private Path canary() {
    return ModuleSource.of("canary", "1")
        .manifest("[[parameter]]\nname = \"cycle\"\ntype = \"integer\"\ndefault = \"0\"")
        .source(
            "Canary",
            """
            public class Canary {
              private final Integer cycle;
              private final Set<Integer> ended;
              private final List<String> late;

              @SuppressWarnings("unchecked")
              Canary(Integer cycle) throws Exception {
                var cache = (Map<String, Object>) Class.forName(
                        "org.driverfs.loader.HostCache", true, ClassLoader.getSystemClassLoader())
                    .getField("CACHE").get(null);
                this.cycle = cycle;
                this.ended = (Set<Integer>) cache.get("ended");
                this.late = (List<String>) cache.get("late");
              }

              void sing(String where) {
                if (ended.contains(cycle)) {
                  late.add(where + " of cycle " + cycle);
                }
              }
            }
            """)
        .main(
            """
              private Canary canary;

              public void init(ModuleContext context) throws Exception {
                Integer cycle = Integer.valueOf(context.parameter("cycle"));
                canary = new Canary(cycle);
                context.every("tick", Duration.ofMillis(1), () -> canary.sing("tick"));
                context.register(
                    Driver.builder("canary", context.findBus("gpio").orElseThrow(),
                            new Driver.Callbacks() {
                              public void probe(Device device, Context c) {
                                canary.sing("probe");
                                c.own("song", () -> canary.sing("release"));
                              }
                              public void remove(Device device) { canary.sing("remove"); }
                            })
                        .owner(context.module())
                        .ids("canary")
                        .attributes(AttributeSet.of(List.of(Attribute.<Driver>readOnly("own", d -> {
                          canary.sing("show own");
                          return "own " + cycle;
                        }))))
                        .deviceAttributes(AttributeSet.of(List.of(
                            Attribute.<Device>readOnly("song", d -> {
                              canary.sing("show");
                              return d.name() + " " + cycle;
                            }))))
                        .build());
              }

              public void exit() { canary.sing("exit"); }
            """)
        .pack(directory);
  }

  /// Reads until the end: a right value, or a clean error of something that is not there.
  @SuppressWarnings("ThreadPriorityCheck") // yielding is a courtesy here, and decides nothing
  private void readOnAndOn(String path, String value) {
    while (!isOver.get()) {
      try {
        String text = host.read(path);
        values.incrementAndGet();
        if (!text.matches(value + " \\d+\n")) {
          wrong.add(text);
        }
      } catch (DriverfsException e) {
        gone.incrementAndGet();
        Thread.yield(); // two readers on two processors would leave no time for the cycles
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
          wrong.add(e);
        }
      } catch (RuntimeException e) {
        wrong.add(e);
      }
    }
  }

  private Receipt cycle(Path jar, int cycle) throws InterruptedException {
    modules.insmod(jar, Map.of("cycle", Integer.toString(cycle)));
    host.settle();
    for (int i = 0; i < DEVICES; i++) {
      assertThat(host.read("root/canary" + i + "/song"))
          .isEqualTo("canary" + i + " " + cycle + "\n");
    }
    Receipt receipt = host.revoke("canary");
    ended.add(cycle);
    return receipt;
  }

  private void cycles(Path jar, int first, int count) throws InterruptedException {
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      receipts.add(cycle(jar, first + i));
      if (receipts.size() == BATCH || i == count - 1) {
        for (Receipt receipt : receipts) {
          Receipt last = host.settled(receipt);
          assertThat(last.collection().state()).as(last.text()).isEqualTo(Collected.YES);
          assertThat(last.isClean()).as(last.text()).isTrue();
        }
        receipts.clear();
      }
    }
  }

  @Test
  void loadAndUnload_underReaders_leavesEverythingAsItWas() throws Exception {
    HostCache.CACHE.putAll(Map.of("ended", ended, "late", late));
    Path jar = canary();
    Device device = host.devices(DEVICES, "canary").getFirst();
    for (int i = 0; i < Events.KEPT; i++) { // so that the events that are kept do not count
      host.model.publish(device, Action.CHANGE, Map.of("DRIVER", "canary"));
    }
    List<Thread> readers =
        List.of(
            Thread.ofPlatform().start(() -> readOnAndOn("root/canary1/song", "canary1")),
            Thread.ofPlatform().start(() -> readOnAndOn("bus/gpio/drivers/canary/own", "own")));
    Figures before;
    Figures after;
    try {
      cycles(jar, 0, 200); // until the JVM has all its own classes
      before = Figures.now();
      cycles(jar, 200, CYCLES);
      after = Figures.nowWith(before.threads());
    } finally {
      isOver.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      HostCache.CACHE.clear();
    }
    System.out.printf(
        "%d cycles: %s before, %s after; %d values, %d times ENOENT or ENODEV%n",
        CYCLES, before, after, values.get(), gone.get());
    assertThat(wrong).isEmpty();
    assertThat(late).as("callbacks after the receipt").isEmpty();
    assertThat(values.get()).isPositive();
    assertThat(after.memory().heap()).isLessThan(before.memory().heap() + HEAP_SLACK);
    assertThat(after.memory().metaspace())
        .isLessThan(before.memory().metaspace() + METASPACE_SLACK);
    assertThat(after.threads()).isLessThanOrEqualTo(before.threads());
    assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
  }
}
