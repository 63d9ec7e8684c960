package org.driverfs.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class DeferralTest {
  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");
  private final DeviceClass regulators = world.track(new DeviceClass("regulator"));

  /// For each device what its probe waits for, as long as that is in here.
  private final Map<String, Awaited> awaited = new ConcurrentHashMap<>();

  private final Probes probes =
      new Probes() {
        @Override
        public void probe(Device device, Context context) throws Exception {
          Awaited first = awaited.get(device.name());
          if (first != null) {
            throw new Deferral(first);
          }
          super.probe(device, context);
        }
      };

  private final Driver driver = world.driver(bus, "driver", probes);

  private Device waiting(String name, Awaited first) {
    model.register(driver);
    awaited.put(name, first);
    Device device = world.registered(bus, name);
    assertThat(device.driver()).isEmpty();
    return device;
  }

  private void end(Device... devices) {
    for (Device device : devices) {
      model.unregister(device);
    }
    model.unregister(driver);
    world.settle();
    probes.assertAtRest();
    assertThat(model.searches().waiters().isEmpty()).isTrue();
  }

  @Test
  void defer_device_isProbedWhenItComes() {
    Device panel = waiting("panel", Awaited.device("soc", "clock"));
    assertThat(model.matching().why(panel))
        .containsExactly("driver: waits for device clock on bus soc");
    Device other = world.registered(bus, "other");
    assertThat(panel.driver()).isEmpty();
    awaited.clear();
    Device clock = world.registered(bus, "clock");
    assertThat(panel.driver()).containsSame(driver);
    end(panel, other, clock);
  }

  @Test
  void defer_deviceThatGetsTheName_isProbed() {
    Device panel = waiting("panel", Awaited.device("soc", "clock"));
    Device other = world.registered(bus, "other");
    awaited.clear();
    model.move(other, null, "", "clock");
    world.settle();
    assertThat(panel.driver()).containsSame(driver);
    end(panel, other);
  }

  @Test
  void defer_classMember_isProbedWhenOneComes() {
    model.register(regulators);
    Device any = waiting("any", Awaited.member("regulator"));
    awaited.put("named", Awaited.member("regulator", "vcc"));
    Device named = world.registered(bus, "named");
    awaited.remove("any");
    Device vdd = world.track(Device.builder("vdd").deviceClass(regulators).build());
    world.register(vdd);
    assertThat(any.driver()).containsSame(driver);
    assertThat(named.driver()).isEmpty();
    awaited.remove("named");
    model.move(vdd, null, "", "vcc");
    world.settle();
    assertThat(named.driver()).containsSame(driver);
    end(any, named);
    model.unregister(vdd);
    model.unregister(regulators);
  }

  @Test
  void defer_valueOfAnAttribute_isProbedWhenItChangesToThat() {
    var carrier = new AtomicReference<>("0");
    var type =
        new DeviceType(
            "port",
            AttributeSet.of(
                List.of(
                    new Attribute.Group<Device>(
                        "link",
                        AttributeSet.of(
                            List.of(Attribute.<Device>readOnly("carrier", _ -> carrier.get())))))));
    Device port = world.track(Device.builder("port").bus(bus).type(type).build());
    world.register(port);
    Device panel = waiting("panel", Awaited.value("soc", "port", "link/carrier", "1"));
    carrier.set("2");
    model.changed(port, "link/carrier");
    world.settle();
    assertThat(panel.driver()).isEmpty();
    awaited.clear();
    carrier.set("1");
    model.changed(port, "link/carrier");
    world.settle();
    assertThat(panel.driver()).containsSame(driver);
    end(panel, port);
  }

  @Test
  void defer_valueOfADriversAttribute_isProbedWhenThatIsBound() {
    Device panel = waiting("panel", Awaited.value("soc", "port", "ready", "yes"));
    Driver ports =
        world.track(
            Driver.builder(
                    "ports",
                    bus,
                    (_, context) -> context.add(Attribute.<Device>readOnly("ready", _ -> "yes")))
                .ids("port")
                .build());
    model.register(ports);
    awaited.clear();
    Device port =
        world.track(
            Device.builder("port")
                .bus(bus)
                .type(new DeviceType("port", AttributeSet.none()))
                .build());
    world.register(port);
    assertThat(panel.driver()).containsSame(driver);
    end(panel, port);
    model.unregister(ports);
  }

  @Test
  void defer_forWhatIsThere_isTriedOnceMoreAndThenRefused() {
    Device clock = world.registered(bus, "clock");
    Device panel = waiting("panel", Awaited.device("soc", "clock"));
    assertThat(model.matching().why(panel))
        .containsExactly("driver: waits for device clock on bus soc, which is there");
    end(panel, clock);
  }

  /// Two that wait for what the other's driver would give: the second is told so.
  @Test
  void defer_inACircle_isReportedAndNotWaitedFor() {
    Device left = waiting("left", Awaited.value("soc", "right", "ready", "1"));
    awaited.put("right", Awaited.value("soc", "left", "ready", "1"));
    Device right = world.registered(bus, "right");
    assertThat(
            List.of(model.matching().why(left).getFirst(), model.matching().why(right).getFirst()))
        .anyMatch(line -> line.contains("would wait for itself"));
    end(left, right);
  }

  @Test
  void defer_throughALinkInACircle_isReported() {
    model.register(driver);
    awaited.put("supplier", Awaited.value("soc", "consumer", "ready", "1"));
    awaited.put("consumer", Awaited.device("soc", "never"));
    Device supplier = world.registered(bus, "supplier");
    Device consumer = world.registered(bus, "consumer");
    model.link(consumer, supplier);
    model.changed(consumer, "ready");
    awaited.put("supplier", Awaited.value("soc", "consumer", "ready", "2"));
    assertErrno(
        Errno.ENODEV, () -> model.matching().probe(supplier, java.time.Duration.ofSeconds(20)));
    assertThat(model.matching().why(supplier).getFirst()).contains("would wait for itself");
    end(consumer, supplier);
  }

  @Test
  void defer_aLesserDriver_doesNotGetItMeanwhile() {
    Driver lesser =
        world.track(Driver.builder("lesser", bus, new Probes()).id(World.TYPE.name(), -1).build());
    model.register(lesser);
    Device panel = waiting("panel", Awaited.device("soc", "clock"));
    assertThat(model.matching().why(panel))
        .containsExactly(
            "driver: waits for device clock on bus soc",
            "lesser: comes after driver, which waits (bid -1, id 1)");
    model.unregister(driver);
    world.settle();
    assertThat(panel.driver()).containsSame(lesser);
    model.unregister(panel);
    model.unregister(lesser);
    assertThat(model.searches().waiters().isEmpty()).isTrue();
  }

  @Test
  void bind_byHandThatDefers_isEagainAndNotWaitedFor() {
    bus.autoprobe(false);
    Device panel = waiting("panel", Awaited.device("soc", "clock"));
    assertErrno(Errno.EAGAIN, () -> model.bind(panel, driver));
    end(panel);
  }

  @Test
  void publish_changeOfADevice_isLookedAt() {
    var carrier = new AtomicReference<>("0");
    var type =
        new DeviceType(
            "port",
            AttributeSet.of(List.of(Attribute.<Device>readOnly("carrier", _ -> carrier.get()))));
    Device port = world.track(Device.builder("port").bus(bus).type(type).build());
    world.register(port);
    Device panel = waiting("panel", Awaited.value("soc", "port", "carrier", "1"));
    awaited.clear();
    carrier.set("1");
    model.publish(port, Action.CHANGE, Map.of());
    world.settle();
    assertThat(panel.driver()).containsSame(driver);
    end(panel, port);
  }

  /// The other has a driver in the end that waits for nobody.
  @Test
  void circle_isBroken_whoWasRefusedIsAskedAgain() {
    Device left = waiting("left", Awaited.value("soc", "right", "ready", "1"));
    awaited.put("right", Awaited.value("soc", "left", "ready", "1"));
    Device right = world.registered(bus, "right");
    assertThat(model.matching().why(left).getFirst()).contains("would wait for itself");
    model.unregister(right);
    world.settle();
    assertThat(model.matching().why(left))
        .containsExactly("driver: waits for ready of device right on bus soc to be 1");
    awaited.clear();
    model.register(Device.builder("right").bus(bus).type(World.TYPE).build());
    world.settle();
    assertThat(model.matching().why(left).getFirst()).startsWith("driver: waits for");
    end(left, bus.findDevice("right").orElseThrow());
  }

  @Test
  void circle_aLinkOfItEnds_whoWasRefusedIsAskedAgain() {
    Device supplier = waiting("supplier", Awaited.value("soc", "consumer", "ready", "1"));
    Device consumer = world.device(bus, "consumer");
    awaited.put("consumer", Awaited.device("soc", "never"));
    world.register(consumer);
    model.link(consumer, supplier);
    world.settle();
    assertThat(model.matching().why(supplier).getFirst()).contains("would wait for itself");
    model.unlink(consumer, supplier);
    world.settle();
    assertThat(model.matching().why(supplier).getFirst()).startsWith("driver: waits for");
    end(consumer, supplier);
  }

  /// A value that is there without a driver lets nobody wait for one.
  @Test
  void defer_forAValueOfTheTypeOfWhoWaitsToo_isNoCircle() {
    var carrier = new AtomicReference<>("0");
    var type =
        new DeviceType(
            World.TYPE.name(),
            AttributeSet.of(List.of(Attribute.<Device>readOnly("carrier", _ -> carrier.get()))));
    Device left = waiting("left", Awaited.value("soc", "right", "carrier", "1"));
    awaited.put("right", Awaited.value("soc", "left", "ready", "1"));
    Device right = world.track(Device.builder("right").bus(bus).type(type).build());
    world.register(right);
    assertThat(model.matching().why(left)).noneMatch(line -> line.contains("itself"));
    assertThat(model.matching().why(right)).noneMatch(line -> line.contains("itself"));
    awaited.remove("left");
    carrier.set("1");
    model.changed(right, "carrier");
    world.settle();
    assertThat(left.driver()).containsSame(driver);
    end(left, right);
  }

  @Test
  void defer_forAValueOfARawAttribute_isProbedWhenItIsThere() {
    var carrier = new AtomicReference<>("0\n");
    var type =
        new DeviceType(
            "port",
            AttributeSet.of(
                List.of(
                    Attribute.<Device>bytes(
                        "carrier",
                        2,
                        (_, at, into) ->
                            into.put(carrier.get().getBytes(UTF_8), (int) at, into.remaining()),
                        null))));
    Device port = world.track(Device.builder("port").bus(bus).type(type).build());
    world.register(port);
    Device panel = waiting("panel", Awaited.value("soc", "port", "carrier", "1"));
    awaited.clear();
    model.publish(port, Action.CHANGE, Map.of());
    world.settle();
    assertThat(panel.driver()).isEmpty();
    carrier.set("1\n");
    model.publish(port, Action.CHANGE, Map.of());
    world.settle();
    assertThat(panel.driver()).containsSame(driver);
    end(panel, port);
  }

  /// However many need each other, whoever would wait for itself is found.
  @Test
  void circle_throughALongChain_isReported() {
    int length = 10_000;
    Device last = world.registered(bus, "d0");
    Device first = last;
    List<Device> all = new ArrayList<>(List.of(first));
    for (int i = 1; i < length; i++) {
      Device device = world.device(bus, "d" + i);
      model.register(device);
      model.link(device, last);
      all.add(device);
      last = device;
    }
    awaited.put("d0", Awaited.value("soc", last.name(), "ready", "1"));
    world.register(driver);
    assertThat(model.matching().why(first).getFirst()).contains("would wait for itself");
    end(all.reversed().toArray(Device[]::new));
  }
}
