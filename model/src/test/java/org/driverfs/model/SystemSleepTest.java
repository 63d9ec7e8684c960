package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.ModelTest.uninterruptibly;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class SystemSleepTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Power power = model.power();
  private final Bus bus = world.bus("soc");
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private volatile Runnable alsoDoes = () -> {};
  private volatile Runnable alsoRemoves = () -> {};
  private final Driver driver = world.driver(bus, "driver", new Noting());

  /// Notes each callback, and refuses some.
  private final class Noting extends Probes {
    private void hear(String what, Device device) {
      String call = device.name() + " " + what;
      calls.add(call);
      alsoDoes.run();
      if (refused.contains(call)) {
        throw new DriverfsException(Errno.EIO, device.path(), "refuses " + what);
      }
    }

    @Override
    public void probe(Device device, Context context) throws Exception {
      hear("probe", device);
      super.probe(device, context);
    }

    @Override
    public void remove(Device device) throws Exception {
      alsoRemoves.run();
      super.remove(device);
    }

    @Override
    public void suspend(Device device, SleepLevel level) {
      hear(level.toString(), device);
    }

    @Override
    public void resume(Device device, WakeLevel level) {
      hear(level.toString(), device);
    }

    @Override
    public void shutdown(Device device) {
      hear("shutdown", device);
    }
  }

  @AfterEach
  void removeDriver() {
    if (driver.isRegistered()) {
      model.unregister(driver);
    }
  }

  private Device device(String name, @Nullable Device parent) {
    return world.track(Device.builder(name).parent(parent).bus(bus).type(World.TYPE).build());
  }

  /// A device `p` with a child `c`, both with their driver.
  private Device parentAndChild() {
    Device parent = device("p", null);
    model.register(parent);
    model.register(device("c", parent));
    world.register(driver);
    calls.clear();
    return parent;
  }

  @Test
  void suspendAndResume_allReachOneLevelBeforeTheNext() throws Exception {
    Device parent = parentAndChild();
    power.suspend(LONG);
    assertThat(power.state()).isEqualTo("suspended");
    assertThat(power.state(parent)).isEqualTo("suspended");
    assertThat(calls)
        .containsExactly(
            "c notify", "p notify",
            "c save_state", "p save_state",
            "c disable", "p disable",
            "c power_down", "p power_down");
    calls.clear();
    power.resume();
    assertThat(power.state()).isEqualTo("on");
    assertThat(power.state(parent)).isEqualTo("on");
    assertThat(calls)
        .containsExactly(
            "p power_on", "c power_on",
            "p restore_state", "c restore_state",
            "p enable", "c enable");
  }

  @Test
  void suspend_oneRefuses_eachWakesByWhatItHasReached() {
    Device parent = parentAndChild();
    refused.add("p power_down");
    assertErrno(Errno.EIO, () -> power.suspend(LONG));
    assertThat(calls.subList(6, calls.size()))
        .containsExactly(
            "c power_down",
            "p power_down",
            "c power_on",
            "p restore_state",
            "c restore_state",
            "p enable",
            "c enable");
    assertThat(power.state()).isEqualTo("on");
    calls.clear();
    refused.add("p save_state");
    assertErrno(Errno.EIO, () -> power.suspend(LONG));
    assertThat(calls)
        .containsExactly(
            "c notify",
            "p notify",
            "c save_state",
            "p save_state",
            "c restore_state",
            "p enable",
            "c enable");
    calls.clear();
    refused.add("p notify");
    assertErrno(Errno.EIO, () -> power.suspend(LONG));
    assertThat(calls).containsExactly("c notify", "p notify", "c enable");
    assertThat(power.state(parent)).isEqualTo("on");
  }

  @Test
  void state_ofADeviceOnTheWay_saysWhetherItWorks() {
    Device parent = parentAndChild();
    Device child = bus.findDevice("c").orElseThrow();
    List<String> states = new CopyOnWriteArrayList<>();
    alsoDoes =
        () -> states.add(power.state() + " " + power.state(child) + " " + power.state(parent));
    refused.add("p notify");
    assertErrno(Errno.EIO, () -> power.suspend(LONG));
    assertThat(states)
        .containsExactly("suspending on on", "suspending suspended on", "resuming suspended on");
  }

  @Test
  void resume_someFail_goesOnAndReportsThem() throws Exception {
    parentAndChild();
    power.suspend(LONG);
    calls.clear();
    refused.addAll(List.of("p power_on", "c enable"));
    assertThat(assertErrno(Errno.EIO, power::resume))
        .hasMessageContaining("p: 2 devices have not come back well; this one: refuses power_on");
    assertThat(calls).hasSize(6);
    assertThat(power.state()).isEqualTo("on");
    refused.clear();
    power.suspend(LONG);
    power.resume();
  }

  @Test
  void suspendTwiceOrResumeWhenOn_isEbusyAndCallsNobody() throws Exception {
    parentAndChild();
    assertErrno(Errno.EBUSY, power::resume);
    assertThat(calls).isEmpty();
    power.suspend(LONG);
    calls.clear();
    assertThat(assertErrno(Errno.EBUSY, () -> power.suspend(LONG)))
        .hasMessageContaining("the system is suspended");
    assertThat(calls).isEmpty();
    power.resume();
  }

  @Test
  void device_comesWhileSuspended_isProbedWhenTheSystemIsOn() throws Exception {
    parentAndChild();
    power.suspend(LONG);
    calls.clear();
    Device late = device("late", null);
    world.register(late);
    assertThat(late.driver()).isEmpty();
    assertThat(assertErrno(Errno.EBUSY, () -> model.bind(late, driver)))
        .hasMessageContaining("while the system is suspended");
    assertThat(calls).isEmpty();
    power.resume();
    world.settle();
    assertThat(late.driver()).containsSame(driver);
    assertThat(calls).endsWith("c enable", "late probe");
  }

  @Test
  void unbindAndUnregister_whileSuspended_work() throws Exception {
    Device parent = parentAndChild();
    Device child = bus.findDevice("c").orElseThrow();
    power.suspend(LONG);
    calls.clear();
    model.unbind(parent, LONG);
    model.unregister(child);
    power.resume();
    assertThat(calls).isEmpty();
    assertThat(parent.driver()).isEmpty();
  }

  @Test
  void settle_removeHangsWhileSuspended_waitsForIt() throws Exception {
    Device parent = parentAndChild();
    power.suspend(LONG);
    var goOn = new CountDownLatch(1);
    alsoRemoves = () -> uninterruptibly(goOn);
    model.removeNow(parent);
    assertErrno(Errno.ETIMEDOUT, () -> model.settle(Duration.ofMillis(10)));
    goOn.countDown();
    model.settle(LONG);
    assertThat(driver.bindings).isEmpty();
    power.resume();
  }

  @Test
  void suspend_probeHangs_isEbusyNamingItAndTheSystemIsOn() throws Exception {
    parentAndChild();
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    alsoDoes =
        () -> {
          inside.countDown();
          uninterruptibly(goOn);
        };
    Device slow = device("slow", null);
    model.register(slow);
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> power.suspend(Duration.ofMillis(20))))
        .hasMessageContaining("probe of driver driver for device slow");
    assertThat(power.state()).isEqualTo("on");
    goOn.countDown();
    world.settle();
    assertThat(slow.driver()).containsSame(driver);
    assertThat(calls).containsExactly("slow probe");
  }

  /// Its driver hangs while it falls asleep because nobody uses it.
  @Test
  void suspend_deviceFallsAsleepAndHangs_isEbusyNamingIt() throws Exception {
    var sleepers = new Sleepers();
    Driver sleeping = sleepers.driver(world, bus, "sleepers");
    Device device = device("device", null);
    model.register(sleeping);
    world.register(device);
    power.auto(device, true);
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    sleepers.does.put(
        "suspend device",
        _ -> {
          inside.countDown();
          uninterruptibly(goOn);
        });
    Thread thread = Thread.startVirtualThread(() -> power.sleep(device));
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> power.suspend(Duration.ofMillis(20))))
        .hasMessageContaining("suspend runtime of driver sleepers");
    goOn.countDown();
    thread.join();
    assertThat(power.runtimeStatus(device)).isEqualTo("suspended");
    power.suspend(LONG);
    power.resume();
    assertThat(power.runtimeStatus(device)).isEqualTo("suspended");
    model.unregister(sleeping);
    sleepers.assertNothingWrong();
  }

  @Test
  void suspendResumeAndShutdown_insideACallback_areEdeadlk() throws Exception {
    parentAndChild();
    alsoDoes =
        () -> {
          assertErrno(Errno.EDEADLK, () -> power.suspend(LONG));
          assertErrno(Errno.EDEADLK, power::resume);
          assertErrno(Errno.EDEADLK, () -> power.shutdown(LONG));
        };
    power.suspend(LONG);
    power.resume();
    assertThat(calls).hasSize(14);
  }

  @Test
  void shutdown_childrenFirst_goesOnAndNothingFollows() throws Exception {
    Device parent = parentAndChild();
    refused.add("c shutdown");
    power.shutdown(LONG);
    assertThat(calls).containsExactly("c shutdown", "p shutdown");
    assertThat(power.state()).isEqualTo("off");
    assertThat(power.state(parent)).isEqualTo("off");
    assertErrno(Errno.EBUSY, () -> power.shutdown(LONG));
    assertErrno(Errno.EBUSY, () -> power.suspend(LONG));
    assertErrno(Errno.EBUSY, power::resume);
    world.register(device("late", null));
    assertThat(calls).hasSize(2);
  }

  @Test
  void shutdown_whileSuspended_wakesAllFirst() throws Exception {
    parentAndChild();
    power.suspend(LONG);
    calls.clear();
    world.register(device("late", null));
    power.shutdown(LONG);
    assertThat(calls).hasSize(8).endsWith("p enable", "c enable", "c shutdown", "p shutdown");
    assertThat(power.state()).isEqualTo("off");
  }

  @Test
  void status_whileTheSystemSleeps_saysSoAndNobodyCanBeUsed() throws Exception {
    Device parent = parentAndChild();
    power.suspend(LONG);
    assertThat(power.state(parent)).isEqualTo("suspended");
    assertThat(power.runtimeStatus(parent)).isEqualTo("unsupported");
    assertErrno(Errno.EBUSY, () -> power.use(parent));
    assertErrno(Errno.EBUSY, () -> model.bind(parent, driver));
    power.resume();
    power.use(parent).close();
  }
}
