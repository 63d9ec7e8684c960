package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Devices that come and go while they or their parents are put to sleep or woken.
@Timeout(60)
class ActivityRaceTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Power power = model.power();
  private final Bus bus = world.bus("soc");
  private final Device hub = device("hub");
  private final Device kid =
      world.track(Device.builder("kid").bus(bus).parent(hub).type(type("kid")).build());
  private final Noted noted = new Noted();
  private final Driver kids = driver("kid", noted);

  /// Whether the next resume of the hub does what the test wants.
  private final AtomicBoolean isArmed = new AtomicBoolean();

  /// What a resume does.
  private interface Action {
    void run() throws Exception;
  }

  private static DeviceType type(String name) {
    return new DeviceType(name, AttributeSet.none());
  }

  private Device device(String name) {
    return world.track(Device.builder(name).bus(bus).type(type(name)).build());
  }

  private Driver driver(String id, Noted calls) {
    return world.track(Driver.builder(id + "s", bus, calls).ids(id).runtimePower(calls).build());
  }

  /// Registers the hub, with a driver that does something in its first resume from [#isArmed] on.
  private void registerHub(Action onResume) {
    var resuming =
        new Noted() {
          @Override
          public void resume(Device device) throws Exception {
            if (isArmed.getAndSet(false)) {
              onResume.run();
            }
          }
        };
    world.register(driver("hub", resuming));
    world.register(hub);
  }

  private void awaitHubSleeps() {
    letSleep(hub);
    await().until(() -> power.runtimeStatus(hub).equals("suspended"));
    isArmed.set(true);
  }

  private void letSleep(Device device) {
    power.autosuspendDelay(device, 0);
    power.auto(device, true);
  }

  /// Has a hub and its child asleep; the next resume of the hub does something.
  private void registerBoth(Action onResume) {
    registerHub(onResume);
    world.register(kids);
    world.register(kid);
    letSleep(kid);
    awaitHubSleeps();
  }

  @Test
  void unregister_childFromTheResumeOfItsParent_endsItsBinding() {
    registerBoth(() -> model.unregister(kid));
    // Who uses the child wakes its parent, and is still inside when the resume of that takes the
    // child away.
    power.use(kid).close();
    await().until(() -> kid.binding == null);
    assertThat(noted.calls).endsWith("remove kid").containsOnlyOnce("remove kid");
    assertThat(kids.bindings).isEmpty();
  }

  @Test
  void unregister_fromResumeWhileOthersUseTheChild_ends() throws Exception {
    var resume = new Halt();
    registerBoth(() -> {
      resume.pass();
      model.unregister(kid);
    });
    // One resumes the parent, another waits for that with the child in transition; only then does
    // the resume unregister the child.
    Thread usesHub = Thread.ofPlatform().daemon().start(() -> power.use(hub).close());
    resume.awaitReached();
    var use = new FutureTask<>(() -> power.use(kid).close(), true);
    Thread usesKid = Thread.ofPlatform().daemon().start(use);
    await().until(() -> usesKid.getState() == Thread.State.TIMED_WAITING);
    resume.open();
    await().until(() -> !usesHub.isAlive() && use.isDone());
    await().until(() -> kid.binding == null);
  }

  @Test
  void bind_fromTheResumeOfTheParent_leavesNoBinding() {
    registerHub(() -> assertErrno(Errno.EDEADLK, () -> model.bind(kid, kids)));
    bus.autoprobe(false);
    world.register(kids);
    world.register(kid);
    awaitHubSleeps();
    // The child is bound from inside the resume that its probe would wait for.
    power.use(kid).close();
    assertThat(kid.binding).isNull();
    model.bind(kid, kids);
    assertThat(kid.driver()).containsSame(kids);
  }

  @Test
  void auto_whileTheDriverIsRemoved_suspendsNothing() throws Exception {
    var release = new Halt();
    var slow =
        new Noted() {
          @Override
          public void probe(Device device, Context context) {
            context.own("slow", release::pass);
          }
        };
    Driver driver = driver("disk", slow);
    world.register(driver);
    Device disk = device("disk");
    world.register(disk);
    power.autosuspendDelay(disk, 0);
    // The remove has returned, and what the probe has acquired is being released.
    Thread remove = Thread.ofPlatform().start(() -> model.unregister(driver));
    release.awaitReached();
    power.auto(disk, true);
    await().during(SHORT).until(() -> !slow.calls.contains("suspend disk"));
    release.open();
    remove.join();
    assertThat(slow.calls).containsExactly("remove disk");
  }

  /// While the hub wakes for the kid, which needs another device too, that other comes to need the
  /// kid. Which of the two the kid enters first is by chance, so this is tried several times.
  @Test
  void use_whileItsSupplierBecomesItsConsumer_wakesBoth() throws Exception {
    var other = new AtomicReference<Device>(device("first"));
    var turned = new AtomicReference<Thread>(Thread.currentThread());
    registerHub(() -> {
      turned.set(Thread.ofPlatform().start(() -> turn(kid, other.get())));
      await().until(() -> turned.get().getState() == Thread.State.TIMED_WAITING); // for the hub
    });
    world.register(kid);
    for (int i = 0; i < 8; i++) {
      other.set(device("other" + i));
      world.register(other.get());
      power.wake(other.get());
      model.link(kid, other.get());
      awaitHubSleeps();
      power.wake(kid);
      turned.get().join();
      power.wake(other.get());
      model.unlink(other.get(), kid);
      model.unregister(other.get());
    }
    model.unregister(kid);
    model.unregister(hub);
    model.unregister(bus.findDriver("hubs").orElseThrow());
    assertThat(hub.activity(Clock.SYSTEM).users()).isZero();
  }

  private void turn(Device consumer, Device supplier) {
    model.unlink(consumer, supplier);
    model.link(supplier, consumer);
  }
}
