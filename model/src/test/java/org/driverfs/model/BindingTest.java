package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.ModelTest.uninterruptibly;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class BindingTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("scsi");
  private final Probes probes = new Probes();
  private final Watcher watcher = new Watcher();

  /// A driver whose probe waits until the test lets it go on.
  private static final class Slow extends Probes {
    final CountDownLatch inside = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile boolean refuses;

    @Override
    public void probe(Device device, Context context) throws Exception {
      inside.countDown();
      uninterruptibly(goOn);
      if (refuses) {
        throw new DriverfsException(Errno.ENODEV, device.path(), "is not for this driver");
      }
      super.probe(device, context);
    }
  }

  @Test
  void register_deviceThenDriver_binds() {
    Device device = world.registered(bus, "sda");
    Driver driver = world.driver(bus, "d", probes);
    world.register(driver);
    assertThat(device.driver()).containsSame(driver);
    model.unregister(driver);
    assertThat(device.driver()).isEmpty();
    probes.assertAtRest();
  }

  @Test
  void register_driverThenDevice_binds() {
    Driver driver = world.driver(bus, "d", probes);
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(device.driver()).containsSame(driver);
    model.unregister(device);
    assertThat(device.driver()).isEmpty();
    probes.assertAtRest();
  }

  @Test
  void probe_throws_nextDriverIsTriedAndNothingIsLeft() {
    world.register(
        world.driver(
            bus,
            "refuses",
            (_, _) -> {
              throw new IllegalStateException("a probe that throws");
            }));
    Driver driver = world.driver(bus, "takes", probes);
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(device.driver()).containsSame(driver);
    model.unregister(device);
  }

  @Test
  void bind_probeThrows_isEioAndUnbound() {
    Device device = world.registered(bus, "sda");
    Driver driver =
        world.driver(
            bus,
            "d",
            (_, _) -> {
              throw new IllegalStateException("a probe that throws");
            });
    world.register(driver);
    assertErrno(Errno.EIO, () -> model.bind(device, driver));
    assertThat(device.driver()).isEmpty();
    assertErrno(Errno.ENODEV, () -> model.unbind(device, LONG));
  }

  @Test
  void remove_throws_deviceIsFree() throws Exception {
    Device device = world.registered(bus, "sda");
    Driver driver =
        world.driver(
            bus,
            "d",
            new Probes() {
              @Override
              public void remove(Device it) {
                throw new IllegalStateException("a remove that throws");
              }
            });
    world.register(driver);
    model.unbind(device, LONG);
    model.bind(device, driver);
    model.unregister(device);
  }

  @Test
  void ids_throw_registerSucceedsAndNobodyMatches() {
    Bus broken =
        new Bus(
            "broken",
            _ -> {
              throw new IllegalStateException("a rule that throws");
            },
            AttributeSet.none());
    model.register(broken);
    Driver driver = world.driver(broken, "d", probes);
    world.register(driver);
    Device device = world.registered(broken, "sda");
    assertThat(device.isRegistered()).isTrue();
    assertErrno(Errno.EINVAL, () -> model.bind(device, driver));
  }

  @Test
  void bind_hasDriverOrDoesNotMatchOrIsGone_isRefused() {
    Device device = world.registered(bus, "sda");
    Driver driver = world.driver(bus, "d", probes);
    assertErrno(Errno.ENODEV, () -> model.bind(device, driver));
    world.register(driver);
    assertErrno(Errno.EBUSY, () -> model.bind(device, driver));
    Device other = world.track(Device.builder("tape").bus(bus).build());
    world.register(other);
    assertErrno(Errno.EINVAL, () -> model.bind(other, driver));
    model.unregister(device);
    assertErrno(Errno.ENODEV, () -> model.bind(device, driver));
    assertThat(probes.probes).hasValue(1);
    probes.assertAtRest();
  }

  @Test
  void bound_observerThrows_isUndone() throws Exception {
    model.addObserver(watcher);
    var second = new Watcher();
    model.addObserver(second);
    Device device = world.registered(bus, "sda");
    second.throwsAt = "bound";
    Driver driver = world.driver(bus, "d", probes);
    world.register(driver);
    assertThat(device.driver()).isEmpty();
    assertThat(watcher.heard).endsWith("bound sda", "unbound sda");
    assertThatIllegalStateException().isThrownBy(() -> model.bind(device, driver));
    probes.assertAtRest();
    second.throwsAt = "unbound";
    model.bind(device, driver);
    model.unbind(device, LONG);
    probes.assertAtRest();
  }

  @Test
  void unregisterDriver_whileItProbes_removesAfterwards() throws Exception {
    var slow = new Slow();
    Device device = world.registered(bus, "sda");
    Driver driver = world.driver(bus, "d", slow);
    model.addObserver(watcher);
    Thread registers = Thread.ofPlatform().start(() -> world.register(driver));
    slow.inside.await();
    model.unregister(driver);
    assertThat(slow.removes).hasValue(0);
    slow.goOn.countDown();
    registers.join();
    assertThat(device.driver()).isEmpty();
    assertThat(watcher.heard).containsExactly("added d", "removed d");
    assertThat(slow.probes).hasValue(1);
    slow.assertAtRest();
  }

  @Test
  void unregisterDevice_whileItIsProbed_removesAfterwards() throws Exception {
    var slow = new Slow();
    Driver driver = world.driver(bus, "d", slow);
    world.register(driver);
    model.addObserver(watcher);
    Device device = world.device(bus, "sda");
    Thread registers = Thread.ofPlatform().start(() -> world.register(device));
    slow.inside.await();
    model.unregister(device);
    assertThat(watcher.heard).containsExactly("added sda", "removed sda");
    slow.goOn.countDown();
    registers.join();
    assertThat(watcher.heard).hasSize(2);
    slow.assertAtRest();
  }

  /// Whose module must stay while the probe of an unregistered driver is on its way.
  @Test
  void unregisterModule_whileItsUnregisteredDriverProbes_isEbusy() throws Exception {
    var slow = new Slow();
    Module module = world.module("m");
    world.registered(bus, "sda");
    Driver driver = world.owned(bus, module, slow);
    Thread registers = Thread.ofPlatform().start(() -> world.register(driver));
    slow.inside.await();
    model.unregister(driver);
    assertErrno(Errno.EBUSY, () -> model.unregister(module));
    slow.goOn.countDown();
    registers.join();
    model.unregister(module);
    slow.assertAtRest();
  }

  @Test
  void unbind_whileProbeThatThenRefuses_endsWithIt() throws Exception {
    var slow = new Slow();
    slow.refuses = true;
    Device device = world.registered(bus, "sda");
    Driver driver = world.driver(bus, "d", slow);
    Thread registers = Thread.ofPlatform().start(() -> world.register(driver));
    slow.inside.await();
    Thread unbinds =
        Thread.ofPlatform()
            .start(() -> {
              try {
                model.unbind(device, LONG);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    slow.goOn.countDown();
    registers.join();
    unbinds.join(10_000);
    assertThat(unbinds.isAlive()).as("waits for a binding that has ended").isFalse();
  }

  /// The second driver comes while the first, which then refuses, is being tried.
  @Test
  void register_driverWhileAnotherIsRefusing_getsTheDevice() throws Exception {
    var slow = new Slow();
    slow.refuses = true;
    Device device = world.registered(bus, "sda");
    Driver first = world.driver(bus, "first", slow);
    Thread registers = Thread.ofPlatform().start(() -> world.register(first));
    slow.inside.await();
    Driver second = world.driver(bus, "second", probes);
    model.register(second);
    slow.goOn.countDown();
    registers.join();
    assertThat(device.driver()).containsSame(second);
    model.unregister(device);
  }

  @Test
  void unbind_fromInsideACallback_isEdeadlk() {
    List<DriverfsException> thrown = new ArrayList<>();
    Driver driver =
        world.driver(
            bus,
            "d",
            new Probes() {
              @Override
              public void probe(Device device, Context context) {
                thrown.add(assertErrno(Errno.EDEADLK, () -> model.unbind(device, LONG)));
              }
            });
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(thrown).hasSize(1);
    model.unregister(device);
  }

  @Test
  void unregisterDevice_fromItsProbe_isDoneAfterIt() {
    Driver driver =
        world.driver(
            bus,
            "d",
            new Probes() {
              @Override
              public void probe(Device device, Context context) throws Exception {
                super.probe(device, context);
                model.unregister(device);
              }
            });
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(device.isRetired()).isTrue();
    assertThat(device.driver()).isEmpty();
  }

  @Test
  void unbind_pinned_isEbusyAtTheDeadlineAndRemoveFollowsTheLastUnpin() throws Exception {
    Module module = world.module("m");
    Driver driver = world.owned(bus, module, probes);
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(model.pin(device, driver)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ZERO));
    awaitRetired(device);
    assertThat(model.pin(device, driver)).isFalse();
    assertThat(probes.removes).hasValue(0);
    model.unpin(device, driver);
    await().until(() -> device.binding == null);
    probes.assertAtRest();
    model.bind(device, driver);
    model.unregister(device);
  }

  @Test
  void unbind_removeNeverReturns_namesItAtTheDeadline() throws Exception {
    var goOn = new CountDownLatch(1);
    Driver driver =
        world.driver(
            bus,
            "d",
            new Probes() {
              @Override
              public void remove(Device device) throws Exception {
                uninterruptibly(goOn);
                super.remove(device);
              }
            });
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ofMillis(50))))
        .hasMessageContaining("remove of driver d");
    goOn.countDown();
    await().until(() -> device.references() == 0);
  }

  @Test
  void unbind_callbackRunning_namesIt() throws Exception {
    Driver driver = world.driver(bus, "d", probes);
    world.register(driver);
    Device device = world.registered(bus, "sda");
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    assertThat(model.pin(device, driver)).isTrue();
    Thread reader =
        Thread.ofPlatform()
            .name("reader")
            .start(() -> {
              model
                  .gate()
                  .callPinned(
                      driver,
                      device,
                      new Operation(Operation.Kind.SHOW, "size"),
                      () -> {
                        inside.countDown();
                        uninterruptibly(goOn);
                        return true;
                      });
              model.unpin(device, driver);
            });
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ofMillis(1))))
        .hasMessageContainingAll("show size", "driver d", "device sda", "reader");
    awaitRetired(device);
    goOn.countDown();
    reader.join();
    await().until(() -> device.binding == null);
    probes.assertAtRest();
  }

  /// The module must not be thought unused before the remove, which runs under the last unpin.
  @Test
  void unpin_lastOfAnUnboundDevice_removesUnderTheModulesUse() throws Exception {
    Module module = world.module("m");
    var remove = new Halt();
    Driver driver =
        world.owned(
            bus,
            module,
            new Probes() {
              @Override
              public void remove(Device device) throws InterruptedException {
                remove.pass();
              }
            });
    world.register(driver);
    Device device = world.registered(bus, "sda");
    assertThat(model.pin(device, driver)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ZERO));
    awaitRetired(device);
    assertThat(module.useCount().close(Duration.ZERO)).isFalse();
    model.unpin(device, driver);
    remove.awaitReached();
    assertThat(module.useCount().close(Duration.ZERO)).isFalse(); // though it is closing
    remove.open();
    assertThat(module.useCount().close(LONG)).isTrue();
    await().until(() -> device.binding == null);
  }

  /// From then on the last who leaves runs the remove.
  private static void awaitRetired(Device device) {
    await()
        .until(() -> {
          Binding binding = device.binding;
          return binding != null && binding.isRetired();
        });
  }
}
