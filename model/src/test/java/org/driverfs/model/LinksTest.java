package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class LinksTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Driver driver =
      world.driver(
          bus,
          "driver",
          new Driver.Callbacks() {
            @Override
            public void probe(Device device, Context context) {
              calls.add("+" + device.name());
            }

            @Override
            public void remove(Device device) {
              calls.add("-" + device.name());
            }
          });

  private Device device(String name) {
    return world.registered(bus, name);
  }

  @Test
  void consumer_isBoundAfterAndUnboundBeforeItsSupplier() throws Exception {
    Device consumer = device("consumer");
    Device supplier = device("supplier");
    model.link(consumer, supplier);
    world.register(driver);
    assertThat(calls).containsExactly("+supplier", "+consumer");
    model.unbind(supplier, LONG);
    world.settle();
    assertThat(calls).containsExactly("+supplier", "+consumer", "-consumer", "-supplier");
    assertThat(model.matching().why(consumer))
        .contains("waits for supplier supplier to have a driver");
    model.bind(supplier, driver);
    world.settle();
    assertThat(consumer.driver()).containsSame(driver);
    model.unregister(driver);
    assertThat(calls.subList(4, 8))
        .containsExactly("+supplier", "+consumer", "-consumer", "-supplier");
  }

  @Test
  void bind_byHandWithoutSupplier_isEagain() {
    Device consumer = device("consumer");
    Device supplier = device("supplier");
    model.link(consumer, supplier);
    bus.autoprobe(false);
    world.register(driver);
    assertThat(assertErrno(Errno.EAGAIN, () -> model.bind(consumer, driver)))
        .hasMessageContaining("waits for supplier supplier");
    model.bind(supplier, driver);
    model.bind(consumer, driver);
    model.unregister(driver);
  }

  @Test
  void link_inACircleTwiceOrToWhatIsGone_isRefused() {
    Device a = device("a");
    Device b = world.track(Device.builder("b").parent(a).bus(bus).type(World.TYPE).build());
    world.register(b);
    Device c = device("c");
    assertErrno(Errno.ELOOP, () -> model.link(a, a));
    assertErrno(Errno.ELOOP, () -> model.link(a, b));
    model.link(c, b);
    assertErrno(Errno.EEXIST, () -> model.link(c, b));
    assertErrno(Errno.ELOOP, () -> model.link(b, c));
    assertErrno(Errno.ELOOP, () -> model.link(a, c));
    assertErrno(Errno.EINVAL, () -> model.move(a, c, "", "a"));
    model.unlink(c, b);
    assertErrno(Errno.ENOENT, () -> model.unlink(c, b));
    model.unregister(c);
    assertErrno(Errno.ENODEV, () -> model.link(c, b));
    assertErrno(Errno.ENODEV, () -> model.link(b, c));
    assertThat(b.consumers()).isEmpty();
  }

  @Test
  void link_consumerBoundAndSupplierNot_isEbusyAndChangesNothing() {
    Device consumer = device("consumer");
    world.register(driver);
    bus.autoprobe(false);
    Device supplier = device("supplier");
    assertErrno(Errno.EBUSY, () -> model.link(consumer, supplier));
    assertThat(consumer.suppliers()).isEmpty();
    assertThat(supplier.consumers()).isEmpty();
    assertThat(consumer.driver()).containsSame(driver);
    model.unregister(driver);
  }

  @Test
  void link_bothBound_holdsUntilUnlinked() throws Exception {
    Device consumer = device("consumer");
    Device supplier = device("supplier");
    world.register(driver);
    model.link(consumer, supplier);
    model.unlink(consumer, supplier);
    model.unbind(supplier, LONG);
    assertThat(consumer.driver()).containsSame(driver);
    model.bind(supplier, driver);
    model.link(consumer, supplier);
    model.unbind(supplier, LONG);
    assertThat(consumer.driver()).isEmpty();
    model.unregister(driver);
  }

  @Test
  void supplier_isUnregistered_theConsumerIsFree() {
    Device consumer = device("consumer");
    Device supplier = device("supplier");
    model.link(consumer, supplier);
    world.register(driver);
    model.unregister(supplier);
    world.settle();
    assertThat(consumer.suppliers()).isEmpty();
    assertThat(consumer.driver()).containsSame(driver);
    assertThat(calls)
        .containsExactly("+supplier", "+consumer", "-consumer", "-supplier", "+consumer");
    model.unregister(driver);
  }

  /// Whoever unregisters a supplier waits for its remove also at the moment when its last consumer
  /// has ended and not let it go yet.
  @Test
  void supplier_isUnregistered_isRemovedBeforeItsConsumerIsTriedAgain() {
    world.register(driver);
    for (int i = 0; i < 2_000; i++) {
      Device supplier = device("supplier");
      Device consumer = device("consumer");
      model.link(consumer, supplier);
      calls.clear();
      model.unregister(supplier);
      world.settle();
      assertThat(calls).as("after %d", i).containsExactly("-consumer", "-supplier", "+consumer");
      model.unregister(consumer);
    }
    model.unregister(driver);
  }

  /// The consumer's file is open: its remove waits for that, and so does the supplier's.
  @Test
  void unbind_consumerIsPinned_theSuppliersRemoveWaitsForIt() throws Exception {
    Device consumer = device("consumer");
    Device supplier = device("supplier");
    model.link(consumer, supplier);
    world.register(driver);
    assertThat(model.pin(consumer, driver)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(supplier, Duration.ofMillis(50)));
    assertThat(calls).containsExactly("+supplier", "+consumer");
    await().until(() -> consumer.driver().isEmpty());
    model.unpin(consumer, driver);
    await().untilAsserted(() -> assertThat(calls).endsWith("-consumer", "-supplier"));
    model.unregister(driver);
  }

  /// However many need each other, neither unbinding nor removing runs out of stack.
  @Test
  void unbind_firstOfALongChain_removesAllInOrder() throws Exception {
    int length = 10_000;
    List<Device> chain = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      Device device = world.track(Device.builder("d" + i).bus(bus).type(World.TYPE).build());
      model.register(device);
      if (i > 0) {
        model.link(device, chain.getLast());
      }
      chain.add(device);
    }
    world.register(driver);
    assertThat(calls).hasSize(length);
    Device last = chain.getLast();
    assertThat(model.pin(last, driver)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(chain.getFirst(), Duration.ofMillis(50)));
    await().until(() -> last.driver().isEmpty());
    model.unpin(last, driver);
    List<String> expected = new ArrayList<>();
    chain.forEach(device -> expected.addFirst("-" + device.name()));
    await()
        .untilAsserted(() -> assertThat(calls.stream().skip(length).toList()).isEqualTo(expected));
    model.unregister(driver);
  }

  /// The supplier begins to leave while the consumer is being probed: the consumer is not left
  /// bound without it.
  @Test
  void unbind_whileTheConsumerIsProbed_removesTheConsumerFirst() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Driver slow =
        world.track(
            Driver.builder(
                    "slow",
                    bus,
                    new Driver.Callbacks() {
                      @Override
                      public void probe(Device device, Context context) {
                        inside.countDown();
                        ModelTest.uninterruptibly(goOn);
                        calls.add("+slow");
                      }

                      @Override
                      public void remove(Device device) {
                        calls.add("-slow");
                      }
                    })
                .ids("slow")
                .build());
    Device supplier = device("supplier");
    Device consumer =
        world.track(
            Device.builder("consumer")
                .bus(bus)
                .type(new DeviceType("slow", AttributeSet.none()))
                .build());
    world.register(consumer);
    model.link(consumer, supplier);
    world.register(driver);
    model.register(slow);
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> model.unbind(supplier, Duration.ofMillis(50))))
        .hasMessageContaining("probe of driver slow for device consumer");
    goOn.countDown();
    world.settle();
    await()
        .untilAsserted(
            () -> assertThat(calls).containsExactly("+supplier", "+slow", "-slow", "-supplier"));
    assertThat(consumer.driver()).isEmpty();
    model.unregister(slow);
    model.unregister(driver);
  }

  @Test
  void unregister_supplierWhileAConsumerIsInside_returnsAndTheRemovesFollow() {
    Device supplier = device("supplier");
    Device consumer = device("consumer");
    model.link(consumer, supplier);
    world.register(driver);
    assertThat(model.pin(consumer, driver)).isTrue();
    model.unregister(supplier);
    assertThat(bus.findDevice("supplier")).isEmpty();
    assertThat(calls).containsExactly("+supplier", "+consumer");
    model.unpin(consumer, driver);
    world.settle();
    assertThat(calls).containsSubsequence("-consumer", "-supplier");
    model.unregister(driver);
  }
}
