package org.driverfs.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Links that begin or end while one of the two devices gets or loses its driver: the supplier is
/// held once, let go once, and outlives whoever needs it.
@Timeout(60)
class SupplierRaceTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");
  private final Noted noted = new Noted();
  private final Driver driver = world.driver(bus, "driver", noted);

  @Test
  void link_whileTheConsumerIsBeingBound_holdsItsSupplierOnce() throws Exception {
    Device supplier = world.registered(bus, "supplier");
    world.register(driver);
    bus.autoprobe(false);
    Device consumer = world.registered(bus, "consumer");
    Thread bind;
    // The link comes when the binding is there, and has not looked yet whom to hold.
    synchronized (consumer) {
      bind = Thread.ofPlatform().start(() -> model.bind(consumer, driver));
      await().until(() -> consumer.binding != null);
      model.link(consumer, supplier);
    }
    bind.join();
    assertThat(consumer.driver()).containsSame(driver);
    model.unlink(consumer, supplier);
    model.unbind(supplier, LONG);
    assertThat(supplier.driver()).isEmpty();
  }

  @Test
  void unlink_whileTheConsumerIsBeingBound_holdsNothing() throws Exception {
    Device supplier = world.registered(bus, "supplier");
    world.register(driver);
    bus.autoprobe(false);
    Device consumer = world.registered(bus, "consumer");
    model.link(consumer, supplier);
    Thread bind;
    // The link ends when the binding knows whom to hold, and does not hold it yet.
    synchronized (consumer) {
      bind = Thread.ofPlatform().start(() -> model.bind(consumer, driver));
      await().until(() -> consumer.binding != null);
      synchronized (requireNonNull(consumer.binding)) {
        while (Thread.getAllStackTraces().keySet().stream().noneMatch(it -> isBlockedInHold(it))) {
          consumer.wait(1);
        }
        model.unlink(consumer, supplier);
      }
    }
    bind.join();
    assertThat(consumer.driver()).containsSame(driver);
    model.unbind(supplier, LONG);
    assertThat(supplier.driver()).isEmpty();
  }

  private static boolean isBlockedInHold(Thread thread) {
    return thread.getState() == Thread.State.BLOCKED
        && Arrays.stream(thread.getStackTrace()).anyMatch(it -> it.getMethodName().equals("hold"));
  }

  @Test
  void unlink_whileTheBindingEnds_putsOnce() throws Exception {
    world.register(driver);
    Device supplier = world.registered(bus, "supplier");
    Device going = world.registered(bus, "going");
    Device staying = world.registered(bus, "staying");
    model.link(going, supplier);
    model.link(staying, supplier);
    world.settle();
    Thread unlink;
    // The unlink has found the binding of the consumer, which ends before it lets the supplier go.
    synchronized (requireNonNull(going.binding)) {
      unlink = Thread.ofPlatform().start(() -> model.unlink(going, supplier));
      Halt.awaitBlocked(unlink);
      model.unregister(going);
    }
    unlink.join();
    assertThat(model.pin(staying, driver)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(supplier, SHORT));
    assertThat(noted.calls).doesNotContain("remove supplier");
    model.unpin(staying, driver);
    await().until(() -> supplier.binding == null);
    assertThat(noted.calls).endsWith("remove staying", "remove supplier");
  }

  @Test
  void release_childWithASupplier_isBeforeWhatWasAcquiredEarlier() {
    Device parent = world.device(bus, "parent");
    Device supplier = child(parent, "supplier");
    Device consumer = child(parent, "consumer");
    var hub =
        new Noted() {
          @Override
          public void probe(Device device, Context context) {
            if (device == parent) {
              context.own("clock", () -> calls.add("close clock"));
              context.register(supplier);
              context.register(consumer);
            }
          }
        };
    Driver hubs = world.driver(bus, "hubs", hub);
    world.register(hubs);
    world.register(parent);
    model.link(consumer, supplier);
    Device user = world.registered(bus, "user");
    model.link(user, parent);
    world.settle();
    // Somebody is inside the user of the parent, and ends the bindings of all when they leave.
    assertThat(model.pin(user, hubs)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(parent, SHORT));
    model.unpin(user, hubs);
    await().until(() -> parent.binding == null);
    assertThat(hub.calls)
        .containsSubsequence("remove consumer", "remove supplier", "close clock")
        .hasSize(5);
  }

  private Device child(Device parent, String name) {
    return world.track(Device.builder(name).bus(bus).parent(parent).type(World.TYPE).build());
  }

  @Test
  void link_supplierCannotWake_changesNothing() {
    var isBroken = new AtomicBoolean();
    var sleeping =
        new Noted() {
          @Override
          public void resume(Device device) throws Exception {
            if (isBroken.get()) {
              throw new Exception("broken");
            }
          }
        };
    Driver sleepers =
        world.track(
            Driver.builder("sleepers", bus, sleeping)
                .ids("sleeper")
                .runtimePower(sleeping)
                .build());
    world.register(sleepers);
    world.register(driver);
    DeviceType type = new DeviceType("sleeper", AttributeSet.none());
    Device supplier = world.track(Device.builder("supplier").bus(bus).type(type).build());
    world.register(supplier);
    Device consumer = world.registered(bus, "consumer");
    model.power().autosuspendDelay(supplier, 0);
    model.power().auto(supplier, true);
    await().until(() -> model.power().runtimeStatus(supplier).equals("suspended"));
    isBroken.set(true);
    assertErrno(Errno.EIO, () -> model.link(consumer, supplier));
    assertThat(consumer.suppliers()).isEmpty();
    assertThat(supplier.consumers()).isEmpty();
  }
}
