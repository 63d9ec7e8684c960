package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Devices that go from one driver to its next version.
@Timeout(30)
class SuccessionTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final FakeClock clock = new FakeClock();
  @RegisterExtension final World world = new World(clock);
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Driver old = version("old");
  private final Driver next = version("next");

  /// What a probe does besides saying that it runs.
  private volatile Step step = (_, _) -> {};

  private interface Step {
    void run(String version, Context context) throws Exception;
  }

  private Driver version(String name) {
    return world.track(
        Driver.builder(
                name,
                bus,
                new Driver.Callbacks() {
                  @Override
                  public void probe(Device device, Context context) throws Exception {
                    calls.add(name + " probe " + device.name() + context.saved());
                    step.run(name, context);
                  }

                  @Override
                  public Map<String, String> save(Device device) {
                    return Map.of("by", name);
                  }

                  @Override
                  public void remove(Device device) {
                    calls.add(name + " remove " + device.name());
                  }
                })
            .ids(name.equals("old") ? World.TYPE.name() : "nothing")
            .runtimePower(
                new RuntimePower() {
                  @Override
                  public void suspend(Device device) {
                    calls.add(name + " suspend " + device.name());
                  }

                  @Override
                  public void resume(Device device) {
                    calls.add(name + " resume " + device.name());
                  }
                })
            .build());
  }

  private Device bound(String name) {
    if (!old.isRegistered()) {
      model.register(old);
      model.register(next);
    }
    Device device = world.registered(bus, name);
    assertThat(device.driver()).contains(old);
    return device;
  }

  private List<String> heard() {
    List<String> heard = List.copyOf(calls);
    calls.clear();
    return heard;
  }

  @AfterEach
  void removeDrivers() {
    for (Driver driver : List.of(old, next)) {
      if (driver.isRegistered()) {
        model.unregister(driver);
      }
    }
    world.settle();
  }

  @Test
  void handOver_device_isProbedWithWhatWasSaved() throws Exception {
    Device device = bound("a");
    heard();
    model.handOver(device, next, LONG);
    assertThat(heard()).containsExactly("old remove a", "next probe a{by=old}");
    assertThat(device.driver()).contains(next);
    assertThat(old.devices()).isEmpty();
    assertThat(next.devices()).containsExactly(device);
    model.handOver(device, old, LONG);
    assertThat(heard()).containsExactly("next remove a", "old probe a{by=next}");
  }

  @Test
  void handOver_supplier_consumersStayBoundAndHoldTheNextOne() throws Exception {
    Device supplier = bound("supplier");
    Device consumer = world.device(bus, "consumer");
    model.register(consumer);
    world.settle();
    model.link(consumer, supplier);
    heard();
    model.handOver(supplier, next, LONG);
    assertThat(heard()).containsExactly("old remove supplier", "next probe supplier{by=old}");
    assertThat(consumer.driver()).contains(old);
    model.unbind(supplier, LONG);
    assertThat(heard()).containsExactly("old remove consumer", "next remove supplier");
  }

  @Test
  void handOver_consumer_keepsItsSupplierBound() throws Exception {
    Device supplier = bound("supplier");
    Device consumer = bound("consumer");
    model.link(consumer, supplier);
    model.handOver(consumer, next, LONG);
    heard();
    model.unbind(supplier, LONG);
    assertThat(heard()).containsExactly("next remove consumer", "old remove supplier");
  }

  @Test
  void handOver_childrenOfItsContext_goAndComeWithTheDriver() throws Exception {
    step =
        (version, context) -> {
          if (context.device().name().equals("hub")) {
            var child = Device.builder("port").parent(context.device()).bus(bus);
            context.register(world.track(child.type(World.TYPE).build()));
          }
        };
    Device hub = bound("hub");
    world.settle();
    Device before = bus.findDevice("port").orElseThrow();
    assertThat(before.driver()).contains(old);
    heard();
    model.handOver(hub, next, LONG);
    world.settle();
    assertThat(before.isRegistered()).isFalse();
    Device after = bus.findDevice("port").orElseThrow();
    assertThat(after.parent()).contains(hub);
    assertThat(after.driver()).contains(old);
    assertThat(heard())
        .containsExactly(
            "old remove hub", "old remove port", "next probe hub{by=old}", "old probe port{}");
    step = (_, _) -> {};
    model.handOver(hub, old, LONG);
    assertThat(bus.findDevice("port")).isEmpty();
  }

  @Test
  void handOver_sleepingDevice_isWokenFirstAndSleepsWithTheNextOne() throws Exception {
    Device device = bound("a");
    model.power().auto(device, true);
    clock.advance(Duration.ofSeconds(10));
    assertThat(heard()).endsWith("old suspend a");
    model.handOver(device, next, LONG);
    assertThat(heard()).containsExactly("old resume a", "old remove a", "next probe a{by=old}");
    clock.advance(Duration.ofSeconds(10));
    assertThat(heard()).containsExactly("next suspend a");
  }

  @Test
  void handOver_systemSleeps_isEbusyAndChangesNothing() throws Exception {
    Device device = bound("a");
    model.power().suspend(LONG);
    heard();
    assertErrno(Errno.EBUSY, () -> model.handOver(device, next, LONG));
    model.power().resume();
    assertThat(heard()).isEmpty();
    model.handOver(device, next, LONG);
    assertThat(device.driver()).contains(next);
  }

  @Test
  void handOver_nextRefuses_theOldOneHasItAgain() throws Exception {
    Device device = bound("a");
    heard();
    step =
        (version, context) -> {
          if (version.equals("next")) {
            throw new DriverfsException(Errno.ENXIO, context.device().path(), "is refused");
          }
        };
    assertErrno(Errno.ENXIO, () -> model.handOver(device, next, LONG));
    assertThat(heard())
        .containsExactly("old remove a", "next probe a{by=old}", "old probe a{by=old}");
    assertThat(device.driver()).contains(old);
    step = (_, _) -> {};
    model.handOver(device, next, LONG);
    assertThat(device.driver()).contains(next);
  }

  @Test
  void handOver_bothRefuse_theDeviceIsFreeAndOthersMayHaveIt() throws Exception {
    Device device = bound("a");
    step =
        (version, context) -> {
          throw new DriverfsException(Errno.ENXIO, context.device().path(), "is refused");
        };
    assertErrno(Errno.ENXIO, () -> model.handOver(device, next, LONG));
    step = (_, _) -> {};
    assertThat(device.driver()).isEmpty();
    assertThat(old.devices()).isEmpty();
    model.bind(device, old);
    assertThat(device.driver()).contains(old);
  }

  @Test
  void handOver_somebodyInside_isEbusyNamingItAndChangesNothing() throws Exception {
    Device device = bound("a");
    heard();
    var goOn = new CountDownLatch(1);
    var inside = new CountDownLatch(1);
    assertThat(model.pin(device, old)).isTrue();
    var call =
        CompletableFuture.runAsync(() ->
            model
                .gate()
                .callPinned(
                    old,
                    device,
                    new Operation(Operation.Kind.SHOW, "rate"),
                    () -> {
                      inside.countDown();
                      goOn.await();
                      return true;
                    }));
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> model.handOver(device, next, SHORT)))
        .hasMessageContaining("show rate of driver old for device a");
    goOn.countDown();
    call.join();
    assertThat(heard()).isEmpty();
    assertErrno(Errno.EBUSY, () -> model.handOver(device, next, SHORT)); // it is pinned still
    model.unpin(device, old);
    model.handOver(device, next, LONG);
    assertThat(device.driver()).contains(next);
  }

  @Test
  void handOver_deviceWithoutADriver_isEbusy() {
    Device device = bound("a");
    model.unregister(old);
    world.settle();
    assertErrno(Errno.EBUSY, () -> model.handOver(device, next, LONG));
  }

  @Test
  void handOver_insideItsOwnCallback_isEdeadlk() {
    Device device = bound("a");
    assertThat(model.pin(device, old)).isTrue();
    model
        .gate()
        .callPinned(
            old,
            device,
            new Operation(Operation.Kind.SHOW, "rate"),
            () -> assertErrno(Errno.EDEADLK, () -> model.handOver(device, next, LONG)));
    model.unpin(device, old);
  }

  /// Each unbinding finds a device that has one driver or the other, and takes that.
  @Test
  void unbind_whileDevicesPass_takesWhatTheyHaveThen() throws Exception {
    Device device = bound("a");
    var passing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    step =
        (version, _) -> {
          if (version.equals("next")) {
            passing.countDown();
            goOn.await();
          }
        };
    var passage =
        CompletableFuture.supplyAsync(() -> {
          try {
            model.handOver(device, next, LONG);
            return true;
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    passing.await();
    assertThat(device.driver()).contains(old);
    var unbind =
        CompletableFuture.supplyAsync(() -> {
          try {
            model.unbind(device, LONG);
            return true;
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    goOn.countDown();
    assertThat(passage.join()).isTrue();
    assertThat(unbind.join()).isTrue();
    assertThat(device.driver()).isEmpty();
    assertThat(heard()).endsWith("next probe a{by=old}", "next remove a");
  }

  @Test
  void takePlace_ofAModuleAndItsDrivers_exchangesTheNames() throws Exception {
    Module before = world.module("m");
    Module after = world.module("m@2");
    Device device = bound("a");
    model.handOver(device, next, LONG);
    model.takePlace(List.of(new Heir(next, old, "old@1")), after, before, "m@1", LONG);
    assertThat(bus.findDriver("old")).contains(next);
    assertThat(bus.findDriver("old@1")).contains(old);
    assertThat(bus.findDriver("next")).isEmpty();
    assertThat(model.findModule("m")).contains(after);
    assertThat(model.findModule("m@1")).contains(before);
    assertThat(model.findModule("m@2")).isEmpty();
  }

  @Test
  void takePlace_oneNameIsTaken_changesNone() throws Exception {
    Module before = world.module("m");
    Module after = world.module("m@2");
    world.register(world.driver(bus, "second@1", (_, _) -> {}));
    Driver second = world.driver(bus, "second", (_, _) -> {});
    world.register(second);
    Driver secondNext = world.driver(bus, "second-next", (_, _) -> {});
    world.register(secondNext);
    List<Heir> heirs =
        List.of(new Heir(next, old, "old@1"), new Heir(secondNext, second, "second@1"));
    assertErrno(Errno.EEXIST, () -> model.takePlace(heirs, after, before, "m@1", LONG));
    assertThat(bus.findDriver("old")).contains(old);
    assertThat(bus.findDriver("next")).contains(next);
    assertThat(bus.findDriver("old@1")).isEmpty();
    assertThat(bus.findDriver("second")).contains(second);
    assertThat(model.findModule("m")).contains(before);
    assertThat(model.findModule("m@2")).contains(after);
    assertThat(model.moduleRecords()).extracting(Kobject::name).doesNotContain("m@1");
  }

  @Test
  void takePlace_recordOfTheNewNameIsKept_takesThat() throws Exception {
    Module earlier = new Module("m@1", "1");
    model.register(earlier);
    model.unregisterAndRemember(earlier);
    Module before = world.module("m");
    Module after = world.module("m@2");
    model.takePlace(List.of(), after, before, "m@1", LONG);
    assertThat(model.findModule("m@1")).contains(before);
  }
}
