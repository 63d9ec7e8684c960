package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class MatchingTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("usb");
  private final DeviceType type =
      new DeviceType(
          "mouse", List.of("vendor:model", "vendor", "hid"), AttributeSet.none(), _ -> {});

  private Device device(String name) {
    Device device = world.track(Device.builder(name).bus(bus).type(type).build());
    world.register(device);
    return device;
  }

  private Driver driver(String name, String id, int score) {
    return driver(name, id, score, new Probes());
  }

  private Driver driver(String name, String id, int score, Driver.Callbacks callbacks) {
    return world.track(Driver.builder(name, bus, callbacks).id(id, score).build());
  }

  /// Unregisters whatever is left, so that the end of the test finds everything at 0.
  private void end(Driver... drivers) {
    for (Driver driver : drivers) {
      model.unregister(driver);
    }
    world.settle();
  }

  @Test
  void match_scoreThenSpecificityThenOrder_decide() {
    Driver general = driver("general", "hid", 0);
    Driver specific = driver("specific", "vendor:model", 0);
    Driver later = driver("later", "vendor:model", 0);
    Driver scored = driver("scored", "hid", 1);
    List.of(general, specific, later).forEach(world::register);
    Device first = device("first");
    assertThat(first.driver()).containsSame(specific);
    world.register(scored);
    Device second = device("second");
    assertThat(second.driver()).containsSame(scored);
    assertThat(first.driver()).as("what it has, it keeps").containsSame(specific);
    assertThat(model.matching().why(second))
        .containsExactly(
            "scored: has it (bid 1, id 3)",
            "specific: suits it less than scored (bid 0, id 1)",
            "later: suits it less than scored (bid 0, id 1)",
            "general: suits it less than scored (bid 0, id 3)");
    end(scored, specific, later, general);
  }

  @Test
  void bid_ofTheDriver_refinesTheScoreAndMayRefuse() {
    Driver.Callbacks picky =
        new Probes() {
          @Override
          public int bid(Device device, int score) {
            if (device.name().equals("broken")) {
              throw new DriverfsException(Errno.EIO, device.path(), "does not answer");
            }
            return score + 10;
          }
        };
    Driver bidder = driver("bidder", "hid", 0, picky);
    Driver fixed = driver("fixed", "vendor:model", 5);
    world.register(fixed);
    world.register(bidder);
    assertThat(device("good").driver()).containsSame(bidder);
    Device broken = device("broken");
    assertThat(broken.driver()).containsSame(fixed);
    assertThat(model.matching().why(broken))
        .contains("bidder: refused to bid: broken: does not answer (EIO)");
    end(bidder, fixed);
  }

  @Test
  void driverGoes_itsDevices_areOfferedToOthers() {
    Driver best = driver("best", "hid", 2);
    Driver second = driver("second", "hid", 1);
    world.register(best);
    world.register(second);
    Device device = device("mouse0");
    assertThat(device.driver()).containsSame(best);
    model.unregister(best);
    world.settle();
    assertThat(device.driver()).containsSame(second);
    end(second);
  }

  @Test
  void betterDriver_comesLater_isReportedOnceAndNotGivenTheDevice() throws Exception {
    Driver good = driver("good", "hid", 1);
    world.register(good);
    Device device = device("mouse0");
    Driver better = driver("better", "hid", 2);
    try (var events = model.events().subscribe()) {
      world.register(better);
      world.register(driver("worse", "hid", 0));
      List<String> reported = new ArrayList<>();
      for (Event event = events.poll(Duration.ZERO);
          event != null;
          event = events.poll(Duration.ZERO)) {
        String name = event.properties().get("BETTER_DRIVER");
        if (name != null) {
          reported.add(event.path() + " " + name);
        }
      }
      assertThat(reported).containsExactly("mouse0 better");
    }
    assertThat(device.driver()).containsSame(good);
    assertThat(model.matching().why(device))
        .contains(
            "better: suits it better than good (bid 2, id 3); it gets it when that is unbound");
    model.matching().takeBetter(device, true);
    world.settle();
    assertThat(device.driver()).containsSame(better);
    end(bus.findDriver("worse").orElseThrow(), better, good);
  }

  @Test
  void betterDriver_thePolicySaysSo_takesOver() {
    var had = new Probes();
    Driver good = driver("good", "hid", 1, had);
    world.register(good);
    Device device = device("mouse0");
    model.matching().takeBetter(device, true);
    Driver better = driver("better", "hid", 2);
    world.register(better);
    assertThat(device.driver()).containsSame(better);
    had.assertAtRest();
    end(better);
    assertThat(device.driver()).containsSame(good);
    end(good);
  }

  @Test
  void betterDriver_refuses_theOldOneHasItAgain() {
    Driver good = driver("good", "hid", 1);
    world.register(good);
    Device device = device("mouse0");
    model.matching().takeBetter(device, true);
    Driver better =
        driver(
            "better",
            "hid",
            2,
            (it, _) -> {
              throw new DriverfsException(Errno.ENXIO, it.path(), "is another model");
            });
    world.register(better);
    assertThat(device.driver()).containsSame(good);
    assertThat(model.matching().why(device))
        .anyMatch(line -> line.contains("is another model (ENXIO)"));
    end(better, good);
  }

  @Test
  void override_namesADriver_onlyThatGetsItWhateverItsIds() {
    Driver usual = driver("usual", "hid", 0);
    Driver odd = driver("odd", "nothing", 0);
    world.register(usual);
    world.register(odd);
    Device device = device("mouse0");
    model.matching().override(device, "odd");
    world.settle();
    assertThat(device.driver()).as("what it has, it keeps").containsSame(usual);
    model.unregister(usual);
    world.settle();
    assertThat(device.driver()).containsSame(odd);
    assertThat(model.matching().findOverride(device)).contains("odd");
    end(odd);
    Driver again = driver("usual", "hid", 0);
    world.register(again);
    assertThat(device.driver()).isEmpty();
    assertThat(model.matching().why(device))
        .contains("usual: overridden: driver_override names odd");
    assertErrno(Errno.EINVAL, () -> model.bind(device, again));
    end(again);
  }

  @Test
  void override_unknownDriver_isSaidAndWorksWhenItComes() throws Exception {
    Device device = device("mouse0");
    model.matching().override(device, "coming");
    assertThat(model.matching().why(device))
        .contains("coming: driver_override names it, but there is no such driver");
    assertErrno(Errno.ENODEV, () -> model.matching().probe(device, LONG));
    Driver coming = driver("coming", "nothing", 0);
    world.register(coming);
    assertThat(device.driver()).containsSame(coming);
    model.unregister(device);
    end(coming);
    assertErrno(Errno.ENODEV, () -> model.matching().override(device, "coming"));
    assertThat(bus.overridden.isEmpty()).isTrue();
  }

  @Test
  void autoprobe_off_nobodyGetsItButByHand() throws Exception {
    bus.autoprobe(false);
    Driver driver = driver("driver", "hid", 0);
    world.register(driver);
    Device device = device("mouse0");
    assertThat(device.driver()).isEmpty();
    assertThat(model.matching().why(device).getFirst())
        .contains("drivers_autoprobe of bus usb is 0");
    model.matching().probe(device, LONG);
    assertThat(device.driver()).containsSame(driver);
    end(driver);
  }

  @Test
  void unbind_byHand_nobodyElseGetsItUntilAskedFor() throws Exception {
    Driver driver = driver("driver", "hid", 0);
    world.register(driver);
    Device device = device("mouse0");
    model.unbind(device, LONG);
    world.settle();
    assertThat(device.driver()).isEmpty();
    assertThat(model.matching().why(device)).containsExactly("driver: was unbound by hand");
    Driver other = driver("other", "hid", 0);
    world.register(other);
    assertThat(device.driver()).as("one that comes later").containsSame(other);
    model.unbind(device, LONG);
    model.matching().probe(device, LONG);
    assertThat(device.driver()).containsSame(driver);
    end(driver, other);
  }

  @Test
  void refused_onceByADriver_isNotAskedAgainUntilProbedByHand() throws Exception {
    var refusing =
        new Probes() {
          @Override
          public void probe(Device device, Context context) throws Exception {
            super.probe(device, context);
            has.clear();
            throw new DriverfsException(Errno.ENXIO, device.path(), "is no mouse");
          }
        };
    Driver driver = driver("driver", "hid", 9, refusing);
    world.register(driver);
    Device device = device("mouse0");
    Driver other = driver("other", "vendor", 0);
    world.register(other);
    assertThat(refusing.probes).hasValue(1);
    assertThat(device.driver()).containsSame(other);
    model.unregister(other);
    world.settle();
    assertThat(refusing.probes).hasValue(1);
    assertErrno(Errno.ENODEV, () -> model.matching().probe(device, LONG));
    assertThat(refusing.probes).hasValue(2);
    end(driver);
  }

  @Test
  void probe_hangs_otherDevicesAreUnaffectedAndItIsNamed() throws Exception {
    var goOn = new CountDownLatch(1);
    Driver driver =
        driver(
            "driver",
            "hid",
            0,
            new Probes() {
              @Override
              public void probe(Device device, Context context) throws Exception {
                if (device.name().equals("hangs")) {
                  goOn.await();
                }
                super.probe(device, context);
              }
            });
    world.register(driver);
    Device hangs = world.track(Device.builder("hangs").bus(bus).type(type).build());
    model.register(hangs);
    List<Device> others = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Device other = world.track(Device.builder("other" + i).bus(bus).type(type).build());
      model.register(other);
      others.add(other);
    }
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> model.settle(Duration.ofMillis(50))))
        .hasMessageContaining("probe of driver driver for device hangs");
    await().untilAsserted(() -> assertThat(others).allMatch(it -> it.driver().isPresent()));
    assertThat(assertErrno(Errno.EBUSY, () -> model.matching().probe(hangs, Duration.ofMillis(50))))
        .hasMessageContaining("probe of driver driver");
    goOn.countDown();
    world.settle();
    assertThat(hangs.driver()).containsSame(driver);
    end(driver);
  }

  @Test
  void probe_ofTheParentHangs_theChildWaitsForItsEnd() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    List<String> probed = new ArrayList<>();
    Driver driver =
        driver(
            "driver",
            "hid",
            0,
            new Probes() {
              @Override
              public void probe(Device device, Context context) throws Exception {
                if (device.name().equals("parent")) {
                  inside.countDown();
                  goOn.await();
                }
                probed.add(device.name());
                super.probe(device, context);
              }
            });
    world.register(driver);
    Device parent = world.track(Device.builder("parent").bus(bus).type(type).build());
    model.register(parent);
    inside.await();
    Device child = world.track(Device.builder("child").parent(parent).bus(bus).type(type).build());
    Device grandchild =
        world.track(Device.builder("grandchild").parent(child).bus(bus).type(type).build());
    model.register(child);
    model.register(grandchild);
    assertErrno(Errno.ETIMEDOUT, () -> model.settle(Duration.ofMillis(50)));
    assertThat(probed).isEmpty();
    goOn.countDown();
    world.settle();
    assertThat(probed).containsExactly("parent", "child", "grandchild");
    end(driver);
  }

  @Test
  void settle_fromAProbe_isEdeadlk() {
    List<DriverfsException> thrown = new ArrayList<>();
    Driver driver =
        driver(
            "driver",
            "hid",
            0,
            (_, _) -> thrown.add(assertErrno(Errno.EDEADLK, () -> model.settle(LONG))));
    world.register(driver);
    device("mouse0");
    assertThat(thrown).hasSize(1);
    end(driver);
  }

  @Test
  void everything_unregistered_leavesNothingInTheIndexes() {
    Driver driver = driver("driver", "hid", 0);
    world.register(driver);
    Device device = device("mouse0");
    model.unregister(device);
    end(driver);
    assertThat(bus.devicesById.isEmpty()).isTrue();
    assertThat(bus.driversById.isEmpty()).isTrue();
    assertThat(driver.bindings).isEmpty();
  }

  @Test
  void why_aBidThrowsOfTheDriverThatHasIt_isNotKept() {
    var isBroken = new AtomicBoolean();
    Driver.Callbacks moody =
        new Probes() {
          @Override
          public int bid(Device device, int score) {
            if (isBroken.get()) {
              throw new DriverfsException(Errno.EIO, device.path(), "does not answer");
            }
            return score;
          }
        };
    Driver driver = driver("moody", "hid", 0, moody);
    world.register(driver);
    Device device = device("mouse");
    isBroken.set(true);
    model.matching().why(device);
    isBroken.set(false);
    assertThat(model.matching().why(device)).containsExactly("moody: has it (bid 0, id 3)");
    end(driver);
  }

  @Test
  void bound_anObserverThrows_isARefusalAndTheNextGetsIt() {
    var watcher = new Watcher();
    watcher.throwsAt = "bound mouse";
    model.addObserver(watcher);
    Driver first = driver("first", "vendor:model", 0);
    world.register(first);
    Device device = device("mouse");
    assertThat(device.driver()).isEmpty();
    assertThat(model.matching().why(device).getFirst())
        .startsWith("first: refused: ")
        .contains("an observer that throws at bound mouse");
    watcher.throwsAt = "";
    Driver second = driver("second", "hid", 0);
    world.register(second);
    assertThat(device.driver()).containsSame(second);
    end(first, second);
  }

  /// A driver that was let in by the name alone is forgotten with the name.
  @Test
  void override_toAnotherName_forgetsWhoWasLetInByItAlone() {
    Driver stranger =
        driver(
            "stranger",
            "keyboard",
            0,
            (device, _) -> {
              throw new DriverfsException(Errno.ENXIO, device.path(), "is no keyboard");
            });
    world.register(stranger);
    Device device = device("mouse");
    model.matching().override(device, "stranger");
    world.settle();
    assertThat(device.search().refusal(stranger)).isNotNull();
    model.matching().override(device, "");
    assertThat(device.search().refusal(stranger)).isNull();
    end(stranger);
  }

  @Test
  void settle_removeRuns_waitsForItAndNamesIt() throws Exception {
    var remove = new Halt();
    Driver driver =
        driver(
            "slow",
            "hid",
            0,
            new Probes() {
              @Override
              public void remove(Device device) throws Exception {
                remove.pass();
                super.remove(device);
              }
            });
    world.register(driver);
    Device device = device("mouse");
    Thread unregister = Thread.ofPlatform().start(() -> model.unregister(driver));
    remove.awaitReached();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> model.settle(Duration.ofMillis(50))))
        .hasMessageContaining("remove of driver slow for device mouse");
    remove.open();
    world.settle();
    assertThat(device.driver()).isEmpty();
    unregister.join();
  }
}
