package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Searches for a driver that meet what comes, goes, waits, or is asked for by hand meanwhile.
@Timeout(60)
class SearchRaceTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");

  private Device device(String name, String type) {
    return world.track(
        Device.builder(name).bus(bus).type(new DeviceType(type, AttributeSet.none())).build());
  }

  private Device registered(String name, String type) {
    Device device = device(name, type);
    world.register(device);
    return device;
  }

  private Driver registered(String name, String id, Driver.Callbacks callbacks) {
    Driver driver = world.track(Driver.builder(name, bus, callbacks).ids(id).build());
    world.register(driver);
    return driver;
  }

  @RepeatedTest(50)
  void bind_byHandWhileADriverComes_isNotGivenAwayLater() throws Exception {
    var probe = new Halt();
    bus.autoprobe(false);
    Device panel = registered("panel", "panel");
    Driver first = registered("first", "panel", (_, _) -> probe.pass());
    bus.autoprobe(true);
    Thread bind = Thread.ofPlatform().start(() -> model.bind(panel, first));
    probe.awaitReached();
    // The search for the second driver meets the probe by hand, and wants to be told of its end.
    registered("second", "panel", (_, _) -> {});
    probe.open();
    bind.join();
    assertThat(panel.driver()).containsSame(first);
    model.unbind(panel, LONG);
    world.settle();
    assertThat(panel.driver()).isEmpty();
  }

  @Test
  void force_whileALookEnds_isNotLost() {
    var search = new Search();
    search.request();
    search.begin();
    // One forces a look, another ends the look before, then the first requests the one it forced.
    search.force();
    search.finish();
    search.request();
    search.begin();
    assertThat(search.isForced()).isTrue();
  }

  @Test
  void defer_circleIsBroken_theOtherIsLookedAtAgain() {
    Device a = device("a", "a");
    Device b = device("b", "b");
    Driver high =
        Driver.builder(
                "high",
                bus,
                (device, _) -> {
                  // The circle closes when nobody is looking at the other.
                  a.search().awaitEnd(device == b ? LONG : Duration.ZERO);
                  throw new Deferral(Awaited.value("soc", device == a ? "b" : "a", "x", "1"));
                })
            .id("a", 10)
            .id("b", 10)
            .build();
    Driver low = Driver.builder("low", bus, (_, _) -> {}).id("a", 1).build();
    world.register(world.track(high));
    world.register(world.track(low));
    world.register(a);
    assertThat(model.matching().why(a))
        .contains("high: waits for x of device b on bus soc to be 1");
    world.register(b);
    assertThat(a.driver()).containsSame(low);
  }

  @Test
  void defer_whatIsAwaitedComesAndGoes_isNotRefused() throws Exception {
    var probe = new Halt();
    var probes = new AtomicInteger();
    Driver driver =
        registered(
            "driver",
            "panel",
            (_, _) -> {
              int count = probes.incrementAndGet();
              if (count == 2) {
                probe.pass();
              }
              if (count == 2 || bus.findDevice("clock").isEmpty()) {
                throw new Deferral(Awaited.device("soc", "clock"));
              }
            });
    Device panel = registered("panel", "panel");
    Device clock = device("clock", "clock");
    model.register(clock);
    probe.awaitReached();
    // The second probe finds no clock; the next one is there before the deferral is known.
    model.unregister(clock);
    model.register(device("clock", "clock"));
    probe.open();
    world.settle();
    assertThat(panel.driver()).containsSame(driver);
  }

  @Test
  void defer_forOneThenTheOther_doesNotGoOnForEver() {
    var probes = new AtomicInteger();
    registered("x", "clock");
    registered("y", "clock");
    // What each probe waits for is there, and is not what the probe before has waited for.
    registered(
        "driver",
        "panel",
        (_, _) -> {
          boolean isOdd = probes.incrementAndGet() % 2 == 1;
          throw new Deferral(Awaited.device("soc", isOdd ? "x" : "y"));
        });
    Device panel = registered("panel", "panel");
    assertThat(panel.driver()).isEmpty();
    assertThat(model.searches().waiters().isEmpty()).isTrue();
  }

  @Test
  void defer_memberNamedLikeOneOnAnotherBus_isFound() {
    DeviceClass net = world.track(new DeviceClass("net"));
    model.register(net);
    Device here = Device.builder("eth0").bus(bus).deviceClass(net).type(World.TYPE).build();
    Device there =
        Device.builder("eth0")
            .bus(world.bus("other"))
            .deviceClass(net)
            .folder("other")
            .type(World.TYPE)
            .build();
    world.register(world.track(here));
    world.register(world.track(there));
    model.unregister(there);
    var isFirst = new AtomicBoolean(true);
    Driver driver =
        registered(
            "driver",
            "panel",
            (_, _) -> {
              if (isFirst.getAndSet(false)) {
                throw new Deferral(Awaited.member("net", "eth0"));
              }
            });
    assertThat(registered("panel", "panel").driver()).containsSame(driver);
  }

  @Test
  void defer_memberThatIsGoing_isNotThere() {
    DeviceClass regulators = world.track(new DeviceClass("regulator"));
    model.register(regulators);
    Driver driver =
        registered(
            "driver",
            "panel",
            (_, _) -> {
              if (!regulators.devices().anyMatch(Device::isRegistered)) {
                throw new Deferral(Awaited.member("regulator"));
              }
            });
    Device going = world.track(Device.builder("vdd").deviceClass(regulators).build());
    model.register(going);
    Device panel = device("panel", "panel");
    // The panel is probed while the only member of the class is between registered and gone.
    model.addObserver(
        new Watcher() {
          @Override
          public void removed(Kobject object) {
            if (object == going) {
              world.register(panel);
            }
          }
        });
    model.unregister(going);
    assertThat(panel.driver()).isEmpty();
    world.register(world.track(Device.builder("vdd").deviceClass(regulators).build()));
    assertThat(panel.driver()).containsSame(driver);
  }

  /// Somebody takes the device away between the moment in which it has its driver and the end of
  /// the bind by hand: it stays without one.
  @Test
  void unbind_byHandBeforeTheBindReturns_nobodyElseGetsIt() throws Exception {
    var bound = new Halt();
    model.addObserver(
        new Watcher() {
          @Override
          public void bound(Device device, Driver driver) {
            World.attempt(bound::pass, Set.of());
          }
        });
    bus.autoprobe(false);
    Device panel = registered("panel", "panel");
    Driver driver = registered("driver", "panel", (_, _) -> {});
    Thread bind = Thread.ofPlatform().start(() -> model.bind(panel, driver));
    bound.awaitReached();
    bus.autoprobe(true);
    Thread unbind =
        Thread.ofPlatform().start(() -> World.attempt(() -> model.unbind(panel, LONG), Set.of()));
    await().until(() -> panel.binding != null && panel.binding.cause() == Binding.Cause.BY_HAND);
    bound.open();
    bind.join();
    unbind.join();
    world.settle();
    assertThat(panel.driver()).isEmpty();
    assertThat(model.matching().why(panel)).containsExactly("driver: was unbound by hand");
    model.unregister(driver);
  }

  /// A driver goes in that moment: what its device was kept awake for is given back.
  @Test
  void driverGoes_beforeItsBindReturns_nothingIsLeft() throws Exception {
    var bound = new Halt();
    model.addObserver(
        new Watcher() {
          @Override
          public void bound(Device device, Driver driver) {
            World.attempt(bound::pass, Set.of());
          }
        });
    var sleepers = new Sleepers();
    Device disk = registered("disk", World.TYPE.name());
    Driver driver = sleepers.driver(world, bus, "sleepers");
    model.register(driver);
    bound.awaitReached();
    Thread unregister = Thread.ofPlatform().start(() -> model.unregister(driver));
    await().until(() -> disk.binding != null && disk.binding.cause() != null);
    bound.open();
    unregister.join();
    world.settle();
    assertThat(disk.driver()).isEmpty();
    assertThat(sleepers.calls).containsExactly("probe disk", "remove disk");
    sleepers.assertNothingWrong();
  }
}
