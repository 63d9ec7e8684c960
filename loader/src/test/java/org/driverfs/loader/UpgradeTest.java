package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.tree.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// One version of a module takes the place of another while its files are open and read.
@Timeout(240)
@SuppressWarnings("NullAway.Init") // set by JUnit
class UpgradeTest {
  private static final int UPGRADES = Integer.getInteger("upgrades", 200);
  private static final int DEVICES = 3;

  @RegisterExtension final Host host = new Host();
  private final Modules modules = host.modules;
  private final List<Object> wrong = new CopyOnWriteArrayList<>();
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicLong reads = new AtomicLong();
  @TempDir private Path directory;

  /// A counter that goes on from version to version; `refuse` names a device that 2.0 does not
  /// take.
  private Path counter(String version) {
    return ModuleSource.of("counter", version)
        .manifest(
            """
            [[parameter]]
            name = "refuse"
            default = ""
            writable = true
            """)
        .main(
            """
              public void init(ModuleContext context) {
                var counts = new ConcurrentHashMap<Device, Long>();
                context.register(
                    Driver.builder("counter", context.findBus("gpio").orElseThrow(),
                            new Driver.Callbacks() {
                              public void probe(Device device, Context c) {
                                if ("%1$s".equals("2.0")
                                    && device.name().equals(context.parameter("refuse"))) {
                                  throw new DriverfsException(Errno.ENXIO, device.path(), "is refused");
                                }
                                counts.put(device, Long.parseLong(c.saved().getOrDefault("count", "0")) + 1);
                              }
                              public Map<String, String> save(Device device) {
                                if (("save " + device.name()).equals(context.parameter("refuse"))) {
                                  throw new DriverfsException(Errno.EIO, device.path(), "cannot be saved");
                                }
                                return Map.of("count", Long.toString(counts.get(device)));
                              }
                              public void remove(Device device) { counts.remove(device); }
                            })
                        .owner(context.module())
                        .ids("counter")
                        .attributes(AttributeSet.of(List.of(
                            Attribute.<Driver>readOnly("build", d -> "%1$s"))))
                        .deviceAttributes(AttributeSet.of(List.of(
                            Attribute.<Device>readOnly("version", d -> "%1$s"),
                            Attribute.<Device>readOnly("count", d -> counts.get(d).toString()))))
                        .build());
              }
            """
                .formatted(version))
        .pack(directory);
  }

  private List<Path> loaded() throws InterruptedException {
    List<Path> jars = List.of(counter("1.0"), counter("2.0"));
    host.devices(DEVICES, "counter");
    modules.insmod(jars.getFirst(), Map.of());
    host.settle();
    return jars;
  }

  @Test
  void upgrade_filesStayOpen_andWorkOnTheNewVersion() throws Exception {
    List<Path> jars = loaded();
    OpenFile version = host.open("root/counter0/version");
    OpenFile build = host.open("bus/gpio/drivers/counter/build");
    OpenFile state = host.open("module/counter/version");
    OpenFile parameter = host.open("module/counter/parameters/refuse");
    assertThat(Host.read(version)).isEqualTo("1.0\n");
    Receipt receipt = host.settled(modules.upgrade(jars.getLast(), Host.LONG));
    assertThat(Host.read(version)).isEqualTo("2.0\n");
    assertThat(Host.read(build)).isEqualTo("2.0\n");
    assertThat(Host.read(state)).isEqualTo("2.0\n");
    assertThat(host.read("root/counter0/count")).isEqualTo("2\n");
    host.write("module/counter/parameters/refuse", "nothing\n");
    assertThat(Host.read(parameter)).isEqualTo("nothing\n");
    assertThat(receipt.course().way()).isEqualTo("upgrade");
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(modules.list()).singleElement().matches(it -> it.label().equals("counter"));
    assertThat(host.list("bus/gpio/drivers")).containsExactly("counter");
    assertThat(host.list("bus/gpio/drivers/counter")).contains("counter0", "counter1", "counter2");
    assertThat(host.list("module")).contains("counter").doesNotContain("counter@2.0");
    List.of(version, build, state, parameter).forEach(host.tree.openFiles()::close);
    host.rmmodCleanly("counter");
  }

  @Test
  void upgrade_aProbeFails_allGoBackToTheOldVersion() throws Exception {
    List<Path> jars = loaded();
    for (int i = 0; i < DEVICES; i++) {
      host.write("module/counter/parameters/refuse", "counter" + i + "\n");
      OpenFile version = host.open("root/counter" + i + "/version");
      assertThat(assertErrno(Errno.ENXIO, () -> modules.upgrade(jars.getLast(), Host.LONG)))
          .hasMessageContaining("is refused");
      host.write("module/counter/parameters/refuse", "\n");
      assertThat(Host.read(version)).isEqualTo("1.0\n");
      host.tree.openFiles().close(version);
    }
    for (int i = 0; i < DEVICES; i++) {
      assertThat(host.read("root/counter" + i + "/version")).isEqualTo("1.0\n");
    }
    assertThat(modules.list()).singleElement().matches(it -> it.version().equals("1.0"));
    for (Receipt receipt : modules.receipts().all()) {
      assertThat(host.settled(receipt).collection().state()).isEqualTo(Collected.YES);
    }
    host.rmmodCleanly("counter");
  }

  @Test
  void upgrade_oneCannotBeSaved_allStayWithTheOldVersionAndCanBeUnbound() throws Exception {
    List<Path> jars = loaded();
    host.write("module/counter/parameters/refuse", "save counter1\n");
    assertThat(assertErrno(Errno.EIO, () -> modules.upgrade(jars.getLast(), Host.LONG)))
        .hasMessageContaining("cannot be saved");
    for (int i = 0; i < DEVICES; i++) {
      assertThat(host.read("root/counter" + i + "/version")).isEqualTo("1.0\n");
    }
    host.model.unbind(host.bus.findDevice("counter1").orElseThrow(), Host.LONG);
    host.rmmodCleanly("counter");
  }

  /// Each read is of one version, and none fails: those that open anew wait as well.
  @Test
  void upgrade_againAndAgainUnderReaders_noReadFails() throws Exception {
    List<Path> jars = loaded();
    List<Thread> readers = new ArrayList<>();
    readers.add(Thread.ofPlatform().start(() -> readOpen("root/counter0/version")));
    readers.add(Thread.ofPlatform().start(() -> readAnew("root/counter1/version")));
    readers.add(Thread.ofPlatform().start(this::readParameter));
    try {
      for (int i = 1; i <= UPGRADES; i++) {
        modules.upgrade(jars.get(i % 2), Host.LONG);
        String expected = (i % 2 == 0 ? "1.0" : "2.0") + "\n";
        assertThat(host.read("root/counter2/version")).isEqualTo(expected);
        assertThat(host.read("root/counter2/count")).isEqualTo((i + 1) + "\n");
      }
    } finally {
      isOver.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
    }
    System.out.printf("%d upgrades, %d reads%n", UPGRADES, reads.get());
    assertThat(wrong).isEmpty();
    assertThat(reads.get()).isPositive();
    host.rmmodCleanly("counter");
  }

  private void readOpen(String path) {
    OpenFile file = host.open(path);
    try {
      while (!isOver.get()) {
        check(Host.read(file));
      }
    } catch (RuntimeException e) {
      wrong.add(e);
    } finally {
      host.tree.openFiles().close(file);
    }
  }

  private void readAnew(String path) {
    try {
      while (!isOver.get()) {
        check(host.read(path));
      }
    } catch (RuntimeException e) {
      wrong.add(e);
    }
  }

  private void readParameter() {
    try {
      while (!isOver.get()) {
        host.read("module/counter/parameters/refuse");
      }
    } catch (RuntimeException e) {
      wrong.add(e);
    }
  }

  private void check(String text) {
    reads.incrementAndGet();
    if (!text.equals("1.0\n") && !text.equals("2.0\n")) {
      wrong.add(text);
    }
  }

  @Test
  void upgrade_toTheSameVersionOrOfNothing_isRefused() throws Exception {
    Path led = Led.source("1.0").pack(directory);
    assertErrno(Errno.ENOENT, () -> modules.upgrade(led, Host.LONG));
    modules.insmod(led, Map.of());
    assertErrno(Errno.EEXIST, () -> modules.upgrade(led, Host.LONG));
    host.rmmodCleanly("led");
  }

  @Test
  void upgrade_ofAModuleWithABusOfItsOwn_isRefusedAndSaysWhatToDo() throws Exception {
    List<Path> jars = List.of(hub("1.0"), hub("2.0"));
    modules.insmod(jars.getFirst(), Map.of());
    assertThat(assertErrno(Errno.EOPNOTSUPP, () -> modules.upgrade(jars.getLast(), Host.LONG)))
        .hasMessageContaining("has registered bus hub, device port0, device port1 and 2 more")
        .hasMessageContaining("`upgrade --revoke` unloads it first");
    host.rmmodCleanly("hub");
  }

  private Path hub(String version) {
    return ModuleSource.of("hub", version)
        .main(
            """
              public void init(ModuleContext context) {
                var bus = new Bus("hub", Bus.OF_TYPE, AttributeSet.none(), context.module());
                context.register(bus);
                for (int i = 0; i < 4; i++) {
                  context.register(Device.builder("port" + i).bus(bus).build());
                }
              }
            """)
        .pack(directory);
  }

  /// There is no way back from the middle of it: who waits is told who prevents it, and it goes on.
  @Test
  void upgrade_aRemoveHangs_isNamedAndItGoesOnWhenThatEnds() throws Exception {
    var goOn = new CountDownLatch(1);
    System.getProperties().put("driverfs.test", goOn);
    try {
      List<Path> jars = List.of(slow("1.0"), slow("2.0"));
      host.devices(1, "slow");
      modules.insmod(jars.getFirst(), Map.of());
      host.settle();
      OpenFile held = host.open("root/slow0/version");
      assertThat(
              assertErrno(
                  Errno.ETIMEDOUT, () -> modules.upgrade(jars.getLast(), Duration.ofMillis(100))))
          .hasMessageContaining("is being replaced, and that goes on; device slow0 is on its way: ")
          .hasMessageContaining("remove of driver slow for device slow0");
      assertErrno(Errno.EBUSY, () -> modules.rmmod("slow", new Way.Try()));
      goOn.countDown();
      assertThat(Host.read(held)).isEqualTo("2.0\n"); // it waits for that
      await().until(() -> !modules.receipts().all().isEmpty());
      assertThat(modules.receipts().all().getFirst().subject().version()).isEqualTo("1.0");
      host.tree.openFiles().close(held);
      host.rmmodCleanly("slow");
    } finally {
      System.getProperties().remove("driverfs.test");
    }
  }

  private Path slow(String version) {
    return ModuleSource.of("slow", version)
        .main(
            """
              public void init(ModuleContext context) {
                context.register(
                    Driver.builder("slow", context.findBus("gpio").orElseThrow(),
                            new Driver.Callbacks() {
                              public void probe(Device device, Context c) {}
                              public void remove(Device device) throws Exception {
                                ((CountDownLatch) System.getProperties().get("driverfs.test")).await();
                              }
                            })
                        .owner(context.module())
                        .ids("slow")
                        .deviceAttributes(AttributeSet.of(List.of(
                            Attribute.<Device>readOnly("version", d -> "%s"))))
                        .build());
              }
            """
                .formatted(version))
        .pack(directory);
  }
}
