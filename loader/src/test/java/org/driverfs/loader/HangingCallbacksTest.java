package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;
import static org.driverfs.loader.Stay.STAY;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.Errno;
import org.driverfs.model.Awaited;
import org.driverfs.model.Deferral;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Callbacks that hang, spin or block in native code: others go on, and whoever waits hears at the
/// deadline who it is.
@Timeout(60)
class HangingCallbacksTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  /// How many threads one module may keep, see `Lane`.
  private static final int MOST_PROBES = 64;

  private static final int MANY = 2 * Runtime.getRuntime().availableProcessors() + 1;

  private static final String SPIN =
      "System.setProperty(\"driverfs.in\", \"\"); while (System.getProperty(\"driverfs.go\") == null)"
          + " { Thread.onSpinWait(); }";

  private static final String BLOCK =
      """
      var linker = java.lang.foreign.Linker.nativeLinker();
      var type = java.lang.foreign.ValueLayout.JAVA_INT;
      var usleep = linker.downcallHandle(linker.defaultLookup().find("usleep").orElseThrow(),
          java.lang.foreign.FunctionDescriptor.of(type, type));
      System.setProperty("driverfs.in", "");
      while (System.getProperty("driverfs.go") == null) {
        try { int x = (int) usleep.invokeExact(300_000); } catch (Throwable e) {}
      }
      """;

  @RegisterExtension private final Host host = new Host();
  private final Modules modules = host.modules;
  @TempDir private Path directory;

  @BeforeEach
  void clear() {
    Stay.clear();
  }

  @AfterEach
  void letGo() {
    Stay.letGo();
    await().until(() -> host.model.gate().inside().isEmpty());
    clear();
  }

  private void load(Hostile hostile, int devices) throws InterruptedException {
    modules.insmod(hostile.pack(directory), Map.of());
    host.devices(devices, hostile.name());
  }

  /// Another module, whose devices are probed, read and unloaded as if nothing were.
  private void expectOthersGoOn() throws InterruptedException {
    modules.insmod(Hostile.of("innocent").pack(directory), Map.of());
    Device device =
        host.bus.findDevice("innocent0").orElseGet(() -> host.devices(1, "innocent").getFirst());
    await().until(() -> device.driver().isPresent());
    assertThat(host.read("root/innocent0/value")).isEqualTo("1\n");
    Receipt receipt = modules.rmmod("innocent", new Way.Revoke(Duration.ofSeconds(5)));
    assertThat(receipt.findings().left()).isEmpty();
  }

  @Test
  void tasks_manySpinOrBlock_othersGoOn() throws Exception {
    for (String body : List.of(SPIN, BLOCK, STAY)) {
      clear();
      String tasks =
          "for (int i = 0; i < %d; i++) { context.start(\"task\" + i, () -> { %s }); }"
              .formatted(MANY, body);
      load(Hostile.of("bad").init(tasks), 0);
      Stay.awaitIn();
      expectOthersGoOn();
      assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
          .hasMessageContaining("task task");
      Stay.letGo();
      await().until(() -> modules.find("bad").isEmpty());
    }
  }

  @Test
  void bind_probeHangs_endsAfterAWhileAndIsNamed() throws Exception {
    System.clearProperty("driverfs.refused");
    String probe =
        "public void probe(Device d, Context c) {"
            + " if (System.setProperty(\"driverfs.refused\", \"\") == null) {"
            + " throw new IllegalStateException(); } "
            + STAY
            + " }";
    load(Hostile.of("bad").driver(probe), 1);
    host.settle();
    Device device = host.bus.findDevice("bad0").orElseThrow();
    Driver driver = host.bus.findDriver("bad").orElseThrow();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> host.model.bind(device, driver)))
        .hasMessageContaining("probe of driver bad");
    expectOthersGoOn();
    Stay.letGo();
    await().until(() -> device.driver().isPresent());
    System.clearProperty("driverfs.refused");
    host.rmmodCleanly("bad");
    host.model.unregister(device);
  }

  /// Only so many are asked at once; the others wait without a thread, and may go meanwhile.
  @Test
  void probes_hangFor20000Devices_threadsAreFewAndDevicesCanGo() throws Exception {
    int all = 20_000;
    String probe = "public void probe(Device d, Context c) { " + STAY + " }";
    load(Hostile.of("bad").driver(probe), all);
    Stay.awaitIn();
    expectOthersGoOn();
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().startsWith("driverfs-driver"))
        .hasSizeLessThan(2 * MOST_PROBES);
    for (int i = 0; i < all; i += 2) {
      host.model.removeNow(host.bus.findDevice("bad" + i).orElseThrow());
    }
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
        .hasMessageContaining("probe of driver bad");
    Stay.letGo();
    await().until(() -> modules.find("bad").isEmpty());
    host.settle();
    for (int i = 1; i < all; i += 2) {
      Device device = host.bus.findDevice("bad" + i).orElseThrow();
      host.model.removeNow(device);
      assertThat(device.references()).isZero();
    }
  }

  @Test
  void probes_hangOrSpinForHundredsOfDevices_othersGoOnAndAllAreNamed() throws Exception {
    for (String body : List.of(STAY, BLOCK)) {
      clear();
      String probe = "public void probe(Device d, Context c) { " + body + " }";
      load(Hostile.of("bad").driver(probe), 500);
      Stay.awaitIn();
      expectOthersGoOn();
      assertThat(assertErrno(Errno.ETIMEDOUT, () -> host.model.settle(SHORT)))
          .hasMessageContaining("probe of driver bad");
      assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
          .hasMessageContaining("probe of driver bad");
      Stay.letGo();
      await().until(() -> modules.find("bad").isEmpty());
      host.settle();
      for (int i = 0; i < 500; i++) {
        host.model.unregister(host.bus.findDevice("bad" + i).orElseThrow());
      }
    }
  }

  @Test
  void remove_hangs_unregisteringReturnsAndOthersGoOn() throws Exception {
    load(
        Hostile.of("bad").driver(Hostile.PROBE + "public void remove(Device d) {" + STAY + "}"), 3);
    host.settle();
    for (int i = 0; i < 3; i++) {
      Device device = host.bus.findDevice("bad" + i).orElseThrow();
      host.model.unregister(device);
      assertThat(host.bus.findDevice("bad" + i)).isEmpty();
    }
    expectOthersGoOn();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
        .hasMessageContaining("remove of driver bad");
    Stay.letGo();
    await().until(() -> modules.list().isEmpty());
  }

  @Test
  void listOfADynamicSet_hangs_theDeviceGoesAndOthersGoOn() throws Exception {
    String main =
        """
        public void init(ModuleContext context) {
          var set = new AttributeSet<Device>() {
            public List<Attribute<Device>> list(Device d) { STAY return List.of(); }
            public Attribute<Device> find(Device d, String name) { STAY return null; }
            public boolean isDynamic() { STAY return true; }
          };
          context.register(Driver.builder("bad", context.findBus("gpio").orElseThrow(), (d, c) -> {})
              .owner(context.module()).ids("bad").deviceAttributes(set).build());
        }
        """
            .replace("STAY", STAY);
    modules.insmod(ModuleSource.of("bad", "1").main(main).pack(directory), Map.of());
    Device device = host.devices(1, "bad").getFirst();
    host.settle();
    assertThat(device.driver()).isPresent();
    host.model.unregister(device);
    assertThat(System.getProperty("driverfs.in")).as("nobody has asked it").isNull();
    expectOthersGoOn();
    host.rmmod("bad");
  }

  @Test
  void awaitedValue_itsShowHangs_isInsideAndNamed() throws Exception {
    String init =
        """
        var type = new DeviceType("t", AttributeSet.of(List.of(
            Attribute.<Device>readOnly("state", d -> { STAY return "x"; })))).owner(context.module());
        context.register(Device.builder("a0").bus(context.findBus("gpio").orElseThrow()).type(type).build());
        """
            .replace("STAY", STAY);
    load(Hostile.of("bad").init(init), 0);
    Driver waits =
        Driver.builder(
                "waits",
                host.bus,
                (_, _) -> {
                  throw new Deferral(Awaited.value("gpio", "a0", "state", "ready"));
                })
            .ids("w")
            .build();
    host.model.register(waits);
    host.devices(1, "w");
    Stay.awaitIn();
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("bad")))
        .hasMessageContaining("show state of module bad for device a0");
    expectOthersGoOn();
    Stay.letGo();
    host.settle();
    host.rmmod("bad");
    host.model.unregister(waits);
  }

  @Test
  void veto_hangsOrIsNull_isNamedOrNoReason() throws Exception {
    String veto = "public Optional<String> veto() { " + STAY + " return null; }";
    modules.insmod(
        ModuleSource.of("bad", "1")
            .main("public void init(ModuleContext c) {}" + veto)
            .pack(directory),
        Map.of());
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("bad")))
        .hasMessageContaining("veto of module bad");
    Stay.letGo();
    host.rmmod("bad");
  }

  @Test
  void suspend_hangs_endsAtItsDeadlineAndTheDeviceIsWokenLater() throws Exception {
    String sleeps =
        Hostile.PROBE
            + "public void suspend(Device d, SleepLevel l) { "
            + STAY
            + " } public void resume(Device d, WakeLevel l) { System.setProperty(\"driverfs.woken\", \"\"); }";
    load(Hostile.of("bad").driver(sleeps), 1);
    host.settle();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> host.model.power().suspend(SHORT)))
        .hasMessageContaining("suspend");
    assertThat(host.model.power().state()).isEqualTo("on");
    expectOthersGoOn();
    Stay.letGo();
    await().until(() -> System.getProperty("driverfs.woken") != null);
    System.clearProperty("driverfs.woken");
    host.rmmod("bad");
  }

  @Test
  void releaseOfAType_hangs_isNamed() throws Exception {
    String init =
        """
        var type = new DeviceType("t", List.of(), AttributeSet.none(), d -> { STAY })
            .owner(context.module());
        context.register(Device.builder("a0").bus(context.findBus("gpio").orElseThrow()).type(type).build());
        """
            .replace("STAY", STAY);
    load(Hostile.of("bad").init(init), 0);
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
        .hasMessageContaining("release of module bad for device a0");
    expectOthersGoOn();
    Stay.letGo();
    await().until(() -> modules.list().isEmpty());
  }

  @Test
  void reference_isNeverGivenBack_isNamed() throws Exception {
    String init =
        """
        var type = new DeviceType("t", AttributeSet.none()).owner(context.module());
        var kept = Device.builder("a0").bus(context.findBus("gpio").orElseThrow()).type(type).build();
        context.register(kept);
        """;
    load(Hostile.of("bad").init(init), 0);
    Device kept = host.bus.findDevice("a0").orElseThrow();
    assertThat(host.model.host().get(kept)).isTrue();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(SHORT))))
        .hasMessageContaining("device a0, with 1 references");
    host.model.host().put(kept);
    await().until(() -> modules.list().isEmpty());
  }

  /// What a driver of one module has put below a device of another goes with that device.
  @Test
  void rmmod_anothersDriverHasAChildBelowItsDevice_bothGo() throws Exception {
    String device =
        """
        var type = new DeviceType("b", List.of("b"), AttributeSet.none(), d -> {}).owner(context.module());
        context.register(Device.builder("a0").bus(context.findBus("gpio").orElseThrow()).type(type).build());
        """;
    modules.insmod(Hostile.of("a").init(device).pack(directory), Map.of());
    String probe =
        "public void probe(Device d, Context c) {"
            + " c.register(Device.builder(\"kid\").parent(d).bus(d.bus().orElseThrow()).build()); }";
    modules.insmod(Hostile.of("b").driver(probe).pack(directory), Map.of());
    host.settle();
    assertThat(host.list("root/a0")).contains("kid");
    assertThat(host.revoke("a").findings().left()).isEmpty();
    assertThat(host.bus.findDevice("kid")).isEmpty();
    host.rmmodCleanly("b");
  }

  @Test
  void automatic_whatItLoadsFails_loadsTheNext() throws Exception {
    for (String name : List.of("bad", "good")) {
      Hostile hostile = Hostile.of(name);
      if (name.equals("bad")) {
        hostile = hostile.exit("Thread.currentThread().interrupt();");
      }
      hostile.source().manifest("aliases = [\"gpio:" + name + "\"]").pack(directory);
    }
    var idle = Duration.ofMillis(100);
    var own =
        new Host(
            new Modules.Options(
                List.of(directory), Signers.ANYBODY, Host.LONG, Host.LONG, true, idle));
    try {
      Device bad = own.devices(1, "bad").getFirst();
      await().until(() -> bad.driver().isPresent());
      own.model.unregister(bad);
      await().until(() -> own.modules.list().isEmpty());
      Device good = own.devices(1, "good").getFirst();
      await().until(() -> good.driver().isPresent());
      own.model.unregister(good);
    } finally {
      own.end();
    }
  }

  /// Nobody's own thread is kept by it, and nobody hears of the other's interrupt.
  @Test
  void show_leavesTheThreadInterrupted_theNextDoesNotNotice() throws Exception {
    load(Hostile.of("bad").value("Thread.currentThread().interrupt(); return \"1\";"), 1);
    load(Hostile.of("good").value("Thread.sleep(1); return \"1\";"), 1);
    host.settle();
    host.read("root/bad0/value");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(host.read("root/good0/value")).isEqualTo("1\n");
    host.rmmod("bad");
    host.rmmod("good");
  }
}
