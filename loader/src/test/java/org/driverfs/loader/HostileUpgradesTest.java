package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;
import static org.driverfs.loader.Hostile.BUS;
import static org.driverfs.loader.Stay.STAY;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.Module;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Upgrades that go wrong in the middle: one version is there afterwards, under its own name.
@Timeout(60)
class HostileUpgradesTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @RegisterExtension
  private final Host host =
      new Host(
          new Modules.Options(
              List.of(), Signers.ANYBODY, Duration.ofSeconds(1), Host.LONG, false, null));

  private final Modules modules = host.modules;
  @TempDir private Path directory;

  @BeforeEach
  @AfterEach
  void clear() {
    Stay.clear();
  }

  private Path load(Hostile hostile) throws InterruptedException {
    Path jar = hostile.pack(directory);
    modules.insmod(jar, Map.of());
    host.devices(1, hostile.name());
    host.settle();
    return jar;
  }

  @Test
  void upgrade_againAfterRmmodAndInsmod_worksForEver() throws Exception {
    Path old = load(Hostile.of("m"));
    Path next = Hostile.of("m").version("2.0").pack(directory);
    for (int i = 0; i < 4; i++) {
      modules.upgrade(next, Host.LONG);
      assertThat(modules.find("m").orElseThrow().version()).isEqualTo("2.0");
      host.rmmod("m");
      assertThat(modules.list()).isEmpty();
      modules.insmod(old, Map.of());
      host.settle();
    }
    host.rmmodCleanly("m");
  }

  @Test
  void upgrade_saveGivesNull_staysWithTheOldVersion() throws Exception {
    for (String saved : List.of("null", "new HashMap<>(Collections.singletonMap(\"k\", null))")) {
      String save = "public Map<String, String> save(Device d) { return " + saved + "; }";
      Hostile m = Hostile.of("m").driver(Hostile.PROBE + save);
      Path old = m.pack(directory);
      modules.insmod(old, Map.of());
      if (host.bus.findDevice("m0").isEmpty()) {
        host.devices(1, "m");
      }
      host.settle();
      Path next = m.version("2.0").pack(directory);
      assertErrno(Errno.EIO, () -> modules.upgrade(next, Host.LONG));
      assertThat(host.read("root/m0/value")).isEqualTo("1\n");
      assertThat(modules.list()).extracting(ModuleInfo::version).containsExactly("1.0");
      Receipt receipt = modules.replace(m.init(BUS).version("3.0").pack(directory), Host.LONG);
      assertThat(receipt.findings().left()).anyMatch(it -> it.contains("save of driver m failed"));
      assertThat(modules.list()).extracting(ModuleInfo::version).containsExactly("3.0");
      host.rmmod("m");
    }
  }

  /// Two drivers; somebody stays inside the second one's own attribute when names are exchanged.
  @Test
  void upgrade_somebodyStaysInsideADriversOwnFile_allNamesStay() throws Exception {
    String drivers =
        """
        public void init(ModuleContext context) {
          for (String n : List.of("d1", "d2")) {
            context.register(Driver.builder(n, context.findBus("gpio").orElseThrow(), (d, c) -> {})
                .owner(context.module()).ids(n)
                .attributes(AttributeSet.of(List.of(Attribute.<Driver>readOnly("slow", x -> {
                  STAY
                  return "x";
                })))).build());
          }
        }
        """
            .replace("STAY", STAY);
    Path old = ModuleSource.of("m", "1.0").main(drivers).pack(directory);
    Path next = ModuleSource.of("m", "2.0").main(drivers).pack(directory);
    modules.insmod(old, Map.of());
    host.devices(1, "d1");
    host.devices(1, "d2");
    host.settle();
    Module module = host.model.findModule("m").orElseThrow();
    String last = host.model.drivers(module).getLast().name();
    var read = CompletableFuture.supplyAsync(() -> host.read("bus/gpio/drivers/" + last + "/slow"));
    Stay.awaitIn();
    assertErrno(Errno.EBUSY, () -> modules.upgrade(next, SHORT));
    Stay.letGo();
    read.join();
    assertThat(host.list("bus/gpio/drivers")).containsExactlyInAnyOrder("d1", "d2");
    for (String name : List.of("d1", "d2")) {
      Driver has = host.bus.findDevice(name + "0").orElseThrow().driver().orElseThrow();
      assertThat(has.name()).isEqualTo(name);
      assertThat(has.owner()).contains(module);
    }
    await().until(() -> modules.list().size() == 1);
    modules.upgrade(next, Host.LONG);
    assertThat(host.list("bus/gpio/drivers")).containsExactlyInAnyOrder("d1", "d2");
    host.rmmod("m");
  }

  @Test
  void upgrade_initTakesTooLong_theOldVersionStaysAndTheNewNeverComes() throws Exception {
    load(Hostile.of("m").value("return \"old\";"));
    Path next = Hostile.of("m").version("2.0").init(STAY).value("return \"new\";").pack(directory);
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.upgrade(next, Host.LONG)))
        .hasMessageContaining("init of module m@2.0");
    Stay.letGo();
    await().until(() -> modules.list().size() == 1);
    assertThat(host.read("root/m0/value")).isEqualTo("old\n");
    modules.upgrade(next, Host.LONG);
    assertThat(host.read("root/m0/value")).isEqualTo("new\n");
    host.rmmodCleanly("m");
  }

  @Test
  void upgrade_aProbeHangsAndTheDeviceIsUnplugged_unregisteringReturns() throws Exception {
    load(Hostile.of("m"));
    Device device = host.bus.findDevice("m0").orElseThrow();
    String hangs = "public void probe(Device d, Context c) { " + STAY + " }";
    Path next = Hostile.of("m").version("2.0").driver(hangs).pack(directory);
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.upgrade(next, SHORT)))
        .hasMessageContaining("probe of driver m@2.0 for device m0");
    host.model.unregister(device);
    assertThat(host.bus.findDevice("m0")).isEmpty();
    Stay.letGo();
    await().until(() -> modules.list().size() == 1 && device.references() == 0);
    assertThat(modules.find("m").orElseThrow().version()).isEqualTo("2.0");
    host.rmmodCleanly("m");
  }

  /// Its client may go whenever it likes, as with Ctrl-C.
  @Test
  void replace_whoAskedIsInterrupted_theNextVersionComesAllTheSame() throws Exception {
    load(
        Hostile.of("m")
            .init(BUS)
            .driver(Hostile.PROBE + "public void remove(Device d) { " + STAY + " }"));
    Path next = Hostile.of("m").version("2.0").init(BUS).pack(directory);
    var result = new CompletableFuture<Object>();
    Thread asks =
        Thread.ofPlatform()
            .start(() -> {
              try {
                result.complete(modules.replace(next, Host.LONG));
              } catch (InterruptedException e) {
                result.complete(e);
              }
            });
    Stay.awaitIn();
    asks.interrupt();
    assertThat(result.get()).isInstanceOf(InterruptedException.class);
    Stay.letGo();
    await().until(() -> modules.find("m").filter(it -> it.version().equals("2.0")).isPresent());
    host.settle();
    await().until(() -> host.bus.findDevice("m0").orElseThrow().driver().isPresent());
    host.rmmodCleanly("m");
  }

  @Test
  void replace_aProbeOfSomebodyElseHangs_doesNotWaitForIt() throws Exception {
    load(Hostile.of("m").init(BUS));
    var goOn = new CountDownLatch(1);
    Driver stuck = Driver.builder("stuck", host.bus, (_, _) -> goOn.await()).ids("stuck").build();
    host.model.register(stuck);
    host.devices(1, "stuck");
    Path next = Hostile.of("m").version("2.0").init(BUS).pack(directory);
    modules.replace(next, Host.LONG);
    assertThat(modules.find("m").orElseThrow().version()).isEqualTo("2.0");
    goOn.countDown();
    host.settle();
    host.rmmodCleanly("m");
  }

  @Test
  void replace_aDeviceIsUnpluggedMeanwhile_whatWasSavedOfItIsNotForTheNextAtItsPlace()
      throws Exception {
    String saves =
        "public void probe(Device d, Context c) { System.setProperty(\"driverfs.saved\", \"\" + c.saved()); }"
            + " public Map<String, String> save(Device d) { return Map.of(\"secret\", \"old\"); }";
    Hostile m = Hostile.of("m").init(BUS).driver(saves);
    load(m);
    Device old = host.bus.findDevice("m0").orElseThrow();
    String unplug = "while (System.getProperty(\"driverfs.go\") == null) { Thread.sleep(2); }";
    Path next = m.version("2.0").init(BUS + unplug).pack(directory);
    var replaced =
        CompletableFuture.supplyAsync(() -> {
          try {
            return modules.replace(next, Host.LONG);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    await().until(() -> modules.find("m").filter(it -> it.state().equals("loading")).isPresent());
    host.model.unregister(old);
    Stay.letGo();
    replaced.join();
    System.clearProperty("driverfs.saved");
    host.devices(1, "m");
    host.settle();
    assertThat(System.getProperty("driverfs.saved")).isEqualTo("{}");
    System.clearProperty("driverfs.saved");
    host.rmmod("m");
  }

  @Test
  void upgrade_theNameOfTheOldVersionIsTaken_isRefusedBeforeAnythingMoves() throws Exception {
    Path old = load(Hostile.of("m"));
    Path next = Hostile.of("m").version("2.0").pack(directory);
    modules.insmodBeside(next, Map.of());
    assertErrno(Errno.EEXIST, () -> modules.upgrade(next, Host.LONG));
    host.rmmod("m@2.0");
    modules.upgrade(next, Host.LONG);
    modules.insmodBeside(old, Map.of());
    Path third = Hostile.of("m").version("3.0").pack(directory);
    modules.upgrade(third, Host.LONG);
    host.rmmod("m@1.0");
    assertThat(host.model.drivers(host.model.findModule("m").orElseThrow()))
        .extracting(Kobject::name)
        .containsExactly("m");
    host.rmmod("m");
  }

  @Test
  void insmod_theNameIsBeingReplaced_isRefused() throws Exception {
    Path old = load(Hostile.of("m").init(BUS).exit(STAY));
    Path next = Hostile.of("m").version("2.0").init(BUS).pack(directory);
    DriverfsException late = assertErrno(Errno.ETIMEDOUT, () -> modules.replace(next, SHORT));
    assertThat(late).hasMessageContaining("exit of module m");
    assertErrno(Errno.EEXIST, () -> modules.insmod(old, Map.of()));
    Stay.letGo();
    await().until(() -> modules.find("m").filter(it -> it.state().equals("live")).isPresent());
    host.settle();
    host.rmmodCleanly("m");
  }
}
