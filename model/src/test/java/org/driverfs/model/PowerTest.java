package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Devices that sleep when nobody uses them, with a clock that the test turns.
@Timeout(30)
class PowerTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final FakeClock clock = new FakeClock();
  @RegisterExtension final World world = new World(clock);
  private final Model model = world.model;
  private final Power power = model.power();
  private final Bus bus = world.bus("soc");
  private final Sleepers sleepers = new Sleepers();
  private final Driver driver = sleepers.driver(world, bus, "sleepers");

  @AfterEach
  void removeDriver() {
    if (driver.isRegistered()) {
      model.unregister(driver);
    }
    sleepers.assertNothingWrong();
  }

  /// A device that has its driver, and may sleep after 2 s.
  private Device device(String name, @Nullable Device parent) {
    Device device =
        world.track(Device.builder(name).parent(parent).bus(bus).type(World.TYPE).build());
    if (!driver.isRegistered()) {
      model.register(driver);
    }
    world.register(device);
    power.auto(device, true);
    return device;
  }

  private Device device(String name) {
    return device(name, null);
  }

  private void sleepAll() {
    clock.advance(Duration.ofSeconds(10));
    sleepers.heard();
  }

  @Test
  void device_unused_sleepsAfterItsDelayAndItsParentAfterIt() {
    Device parent = device("parent");
    Device child = device("child", parent);
    assertThat(power.runtimeStatus(child)).isEqualTo("active");
    sleepers.heard();
    clock.advance(Duration.ofMillis(1999));
    assertThat(sleepers.heard()).isEmpty();
    clock.advance(Duration.ofMillis(1));
    assertThat(sleepers.heard()).containsExactly("suspend child");
    assertThat(power.runtimeStatus(child)).isEqualTo("suspended");
    assertThat(power.state(child)).isEqualTo("suspended");
    assertThat(power.state(parent)).isEqualTo("on");
    clock.advance(Duration.ofSeconds(2));
    assertThat(sleepers.heard()).containsExactly("suspend parent");
    assertThat(clock.timers()).isZero();
  }

  @Test
  void device_usedAgainAndAgain_sleepsAfterItsLastUseAndHasOneTimer() {
    Device device = device("device");
    sleepers.heard();
    for (int i = 0; i < 1000; i++) {
      clock.advance(Duration.ofMillis(5));
      power.use(device).close();
      assertThat(clock.timers()).isEqualTo(1);
    }
    assertThat(sleepers.heard()).isEmpty();
    clock.advance(Duration.ofMillis(1999));
    assertThat(sleepers.heard()).isEmpty();
    clock.advance(Duration.ofMillis(1));
    assertThat(sleepers.heard()).containsExactly("suspend device");
  }

  @Test
  void delay_changed_isLookedAtFromNowOn() {
    Device device = device("device");
    sleepers.heard();
    power.autosuspendDelay(device, -1);
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).isEmpty();
    power.autosuspendDelay(device, 86_400_000 * 2L);
    power.autosuspendDelay(device, 86_400_000 + 500);
    clock.advance(Duration.ofMillis(500));
    assertThat(sleepers.heard()).containsExactly("suspend device");
    assertThat(power.autosuspendDelay(device)).isEqualTo(86_400_500);
    power.autosuspendDelay(device, 0);
    power.use(device).close();
    clock.advance(Duration.ZERO);
    assertThat(sleepers.heard()).containsExactly("resume device", "suspend device");
    clock.advance(Duration.ofDays(3));
    assertThat(sleepers.heard()).isEmpty();
  }

  @Test
  void use_sleepingDevice_wakesWhatItNeedsFirstAndKeepsItAwake() {
    Device parent = device("parent");
    Device supplier = device("supplier");
    Device child = device("child", parent);
    model.link(parent, supplier);
    sleepAll();
    Power.Use use = power.use(child);
    assertThat(sleepers.heard())
        .containsExactly("resume supplier", "resume parent", "resume child");
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).isEmpty();
    assertErrno(Errno.EBUSY, () -> power.sleep(supplier));
    use.close();
    use.close();
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard())
        .containsExactly("suspend child", "suspend parent", "suspend supplier");
  }

  @Test
  void driverThatDoesNotSleep_keepsWhatItNeedsActive() {
    Device parent = device("parent");
    Device supplier = device("supplier");
    Bus other = world.bus("other");
    Probes probes = new Probes();
    Driver plain = world.driver(other, "plain", probes);
    Device child =
        world.track(Device.builder("child").parent(parent).bus(other).type(World.TYPE).build());
    model.register(plain);
    world.register(child);
    model.link(child, supplier);
    power.auto(child, true);
    sleepAll();
    assertThat(power.runtimeStatus(child)).isEqualTo("unsupported");
    assertThat(power.runtimeStatus(parent)).isEqualTo("active");
    assertThat(power.runtimeStatus(supplier)).isEqualTo("active");
    assertErrno(Errno.EOPNOTSUPP, () -> power.sleep(child));
    model.unregister(plain);
    clock.advance(Duration.ofDays(1));
    assertThat(power.runtimeStatus(parent)).isEqualTo("suspended");
    assertThat(power.runtimeStatus(supplier)).isEqualTo("suspended");
  }

  @Test
  void control_on_wakesTheDeviceAndKeepsItAwake() {
    Device device = device("device");
    sleepAll();
    power.auto(device, false);
    assertThat(sleepers.heard()).containsExactly("resume device");
    assertThat(power.isAuto(device)).isFalse();
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).isEmpty();
    assertThat(assertErrno(Errno.EBUSY, () -> power.sleep(device)))
        .hasMessageContaining("power/control");
    power.auto(device, true);
    power.sleep(device);
    assertThat(sleepers.heard()).containsExactly("suspend device");
    sleepers.refused.add("resume device");
    assertErrno(Errno.EIO, () -> power.auto(device, false));
    assertThat(power.isAuto(device)).isTrue();
    assertThat(World.users(device)).isZero();
  }

  @Test
  void suspend_refused_staysActiveUntilTheNextUse() {
    Device device = device("device");
    sleepers.refused.add("suspend device");
    clock.advance(Duration.ofDays(1));
    assertThat(power.runtimeStatus(device)).isEqualTo("error");
    assertThat(power.state(device)).isEqualTo("on");
    assertErrno(Errno.EIO, () -> power.sleep(device));
    sleepers.refused.clear();
    power.use(device).close();
    sleepers.heard();
    clock.advance(Duration.ofSeconds(2));
    assertThat(sleepers.heard()).containsExactly("suspend device");
    assertThat(power.runtimeStatus(device)).isEqualTo("suspended");
  }

  @Test
  void resume_refused_reachesTheUserAndHoldsNothing() {
    Device parent = device("parent");
    Device child = device("child", parent);
    sleepAll();
    sleepers.refused.add("resume child");
    assertErrno(Errno.EIO, () -> power.use(child));
    assertThat(power.runtimeStatus(child)).isEqualTo("error");
    assertThat(World.users(child)).isZero();
    assertThat(World.users(parent)).isZero();
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).containsExactly("resume parent", "suspend parent");
    sleepers.refused.add("resume parent");
    assertErrno(Errno.EIO, () -> power.use(child));
    assertThat(power.runtimeStatus(parent)).isEqualTo("error");
    sleepers.refused.clear();
    power.wake(child);
    assertThat(power.runtimeStatus(child)).isEqualTo("active");
  }

  @Test
  void use_systemSleeps_isEbusyAndNothingHappens() throws Exception {
    Device asleep = device("asleep");
    sleepAll();
    Device awake = device("awake");
    sleepers.heard();
    power.suspend(LONG);
    for (Device device : List.of(asleep, awake)) {
      assertErrno(Errno.EBUSY, () -> power.use(device));
      assertErrno(Errno.EBUSY, () -> power.sleep(device));
      assertThat(power.state(device)).isEqualTo("suspended");
    }
    assertErrno(Errno.EBUSY, () -> power.auto(asleep, false));
    assertThat(power.runtimeStatus(asleep)).isEqualTo("suspended");
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).isEmpty();
    power.resume();
    assertThat(power.runtimeStatus(asleep)).isEqualTo("suspended");
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).containsExactly("suspend awake");
  }

  @Test
  void use_insideWhatWakesOrLetsSleep_isEdeadlk() {
    Device parent = device("parent");
    Device child = device("child", parent);
    List<Errno> errnos = new ArrayList<>();
    for (String call : List.of("suspend child", "suspend parent", "resume parent")) {
      sleepers.does.put(
          call,
          device -> {
            for (Device used : List.of(device, child)) {
              errnos.add(assertErrno(Errno.EDEADLK, () -> power.use(used)).errno());
            }
            assertErrno(Errno.EDEADLK, () -> power.sleep(device));
          });
    }
    clock.advance(Duration.ofDays(1));
    power.use(child).close();
    assertThat(errnos).hasSize(6);
    assertThat(World.users(child)).isZero();
  }

  @Test
  void unbind_sleepingDevice_wakesItAndThenRemovesIt() throws Exception {
    Device parent = device("parent");
    Device child = device("child", parent);
    sleepAll();
    model.unbind(child, LONG);
    assertThat(sleepers.heard()).containsExactly("resume parent", "resume child", "remove child");
    assertThat(power.runtimeStatus(child)).isEqualTo("unsupported");
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).containsExactly("suspend parent");
  }

  @Test
  void unbind_sleepingDeviceDoesNotWake_removesItAllTheSameAndAsksNoMore() throws Exception {
    Device device = device("device");
    sleepAll();
    sleepers.refused.add("resume device");
    model.unbind(device, LONG);
    assertThat(sleepers.heard()).containsExactly("remove device");
    power.use(device).close();
    assertThat(sleepers.heard()).isEmpty();
    assertThat(World.users(device)).isZero();
  }

  /// The child waits for its parent, whose driver takes the child away: neither waits for the
  /// other.
  @Test
  void unregister_childInsideTheResumeOfItsParent_isDoneWhenThatHasEnded() {
    Device parent = device("parent");
    Device child = device("child", parent);
    sleepAll();
    sleepers.does.put("resume parent", _ -> model.unregister(child));
    power.use(child).close();
    await().untilAsserted(() -> assertThat(sleepers.calls).endsWith("remove child"));
    await().until(() -> child.references() == 0);
    assertThat(sleepers.heard()).containsExactly("resume parent", "resume child", "remove child");
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).containsExactly("suspend parent");
  }

  @Test
  void times_addUpToTheClock() {
    Device device = device("device");
    assertThat(power.time(device, true)).isZero();
    clock.advance(Duration.ofSeconds(5));
    assertThat(power.time(device, true)).isEqualTo(2_000);
    assertThat(power.time(device, false)).isEqualTo(3_000);
    Power.Use use = power.use(device);
    clock.advance(Duration.ofSeconds(7));
    use.close();
    clock.advance(Duration.ofSeconds(1));
    assertThat(power.time(device, true)).isEqualTo(10_000);
    assertThat(power.time(device, false)).isEqualTo(3_000);
  }

  @Test
  void linkUnlinkAndMove_activeDevice_changeWhatItHolds() {
    Device oldParent = device("old");
    Device newParent = device("new");
    Device supplier = device("supplier");
    Device device = device("device", oldParent);
    sleepAll();
    Power.Use use = power.use(device);
    sleepers.heard();
    model.link(device, supplier);
    assertThat(sleepers.heard()).containsExactly("resume supplier");
    model.link(device, oldParent);
    model.move(device, newParent, "", "device");
    assertThat(sleepers.heard()).containsExactly("resume new");
    clock.advance(Duration.ofDays(1));
    assertThat(power.runtimeStatus(oldParent)).as("it is a supplier still").isEqualTo("active");
    model.unlink(device, oldParent);
    model.unlink(device, supplier);
    clock.advance(Duration.ofDays(1));
    assertThat(sleepers.heard()).containsExactlyInAnyOrder("suspend old", "suspend supplier");
    assertThat(World.users(newParent)).isEqualTo(1);
    use.close();
    clock.advance(Duration.ofDays(1));
    assertThat(World.users(newParent)).isZero();
  }

  @Test
  void linkOrMove_toWhatDoesNotWake_changesNothing() {
    Device other = device("other");
    Device device = device("device");
    sleepAll();
    Power.Use use = power.use(device);
    sleepers.refused.add("resume other");
    assertErrno(Errno.EIO, () -> model.link(device, other));
    assertErrno(Errno.EIO, () -> model.move(device, other, "", "device"));
    assertThat(device.needed()).isEmpty();
    assertThat(other.consumers()).isEmpty();
    assertThat(World.users(other)).isZero();
    use.close();
  }

  @Test
  void use_deviceThatIsNotRegistered_isEnodev() {
    Device device = world.device(bus, "device");
    assertErrno(Errno.ENODEV, () -> power.use(device));
    assertErrno(Errno.ENODEV, () -> power.sleep(device));
    assertErrno(Errno.ENODEV, () -> power.auto(device, true));
    assertThat(power.time(device, true)).isZero();
    assertThat(power.autosuspendDelay(device)).isEqualTo(2_000);
    assertThat(device.findActivity()).isNull();
  }

  /// What the driver is told while its device is being probed cannot let it sleep before its time.
  @Test
  void control_autoInsideTheProbe_isFollowedAfterIt() {
    Device parent = device("parent");
    sleepers.does.put("probe child", child -> power.auto(child, true));
    Device child =
        world.track(Device.builder("child").parent(parent).bus(bus).type(World.TYPE).build());
    sleepers.heard();
    world.register(child);
    assertThat(sleepers.heard()).containsExactly("probe child");
    assertThat(power.runtimeStatus(child)).isEqualTo("active");
    clock.advance(Duration.ofSeconds(2));
    assertThat(sleepers.heard()).containsExactly("suspend child");
  }

  @Test
  void probe_ofAChildWhoseParentDoesNotWake_isRefusedAndHoldsNothing() {
    Device parent = device("parent");
    sleepAll();
    sleepers.refused.add("resume parent");
    Device child =
        world.track(Device.builder("child").parent(parent).bus(bus).type(World.TYPE).build());
    world.register(child);
    assertThat(child.driver()).isEmpty();
    assertThat(World.users(child)).isZero();
    assertThat(model.matching().why(child).toString()).contains("does not resume");
  }

  /// However many need each other, neither waking nor falling asleep runs out of stack.
  @Test
  void use_lastOfALongChain_wakesAllInOrderAndLetsThemSleep() {
    int length = 10_000;
    List<String> calls = new ArrayList<>();
    var light =
        new RuntimePower() {
          @Override
          public void suspend(Device device) {
            calls.add("suspend " + device.name());
          }

          @Override
          public void resume(Device device) {
            calls.add("resume " + device.name());
          }
        };
    Driver noting =
        world.track(
            Driver.builder("noting", bus, (_, _) -> {}).ids("light").runtimePower(light).build());
    model.register(noting);
    List<Device> chain = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      var type = new DeviceType("light", AttributeSet.none());
      Device device = world.track(Device.builder("d" + i).bus(bus).type(type).build());
      world.register(device);
      power.auto(device, true);
      power.autosuspendDelay(device, 0);
      if (i > 0) {
        model.link(device, chain.getLast());
      }
      chain.add(device);
    }
    world.settle();
    sleepInTurn(length);
    calls.clear();
    Power.Use use = power.use(chain.getLast());
    assertThat(calls).isEqualTo(chain.stream().map(device -> "resume " + device.name()).toList());
    calls.clear();
    use.close();
    sleepInTurn(length);
    assertThat(calls)
        .isEqualTo(chain.reversed().stream().map(it -> "suspend " + it.name()).toList());
    model.unregister(noting);
  }

  private void sleepInTurn(int most) {
    for (int i = 0; i < most; i++) {
      clock.advance(Duration.ZERO);
    }
  }
}
