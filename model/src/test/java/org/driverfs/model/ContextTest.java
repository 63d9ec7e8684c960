package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ContextTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("soc");
  private final List<String> calls = new CopyOnWriteArrayList<>();

  private interface Probe {
    void probe(Context context) throws Exception;
  }

  private Driver driver(Probe probe) {
    return world.driver(
        bus,
        "driver",
        new Driver.Callbacks() {
          @Override
          public void probe(Device device, Context context) throws Exception {
            probe.probe(context);
          }

          @Override
          public void remove(Device device) {
            calls.add("remove");
          }
        });
  }

  private Device bound(Probe probe) {
    world.register(driver(probe));
    Device device = world.registered(bus, "device");
    assertThat(device.driver()).isPresent();
    return device;
  }

  @Test
  void release_afterRemove_isInReverseOrder() throws Exception {
    Device device =
        bound(context -> {
          context.own("first", () -> calls.add("first"));
          context.own("second", () -> calls.add("second"));
        });
    model.unbind(device, LONG);
    assertThat(calls).containsExactly("remove", "second", "first");
  }

  @Test
  void release_probeFailsHalfWay_nothingIsLeftAndRemoveIsNotCalled() {
    world.register(
        driver(context -> {
          context.own("first", () -> calls.add("first"));
          context.register(Device.builder("child").parent(context.device()).build());
          throw new IllegalStateException("a probe that fails half-way");
        }));
    Device device = world.registered(bus, "device");
    assertThat(device.driver()).isEmpty();
    assertThat(calls).containsExactly("first");
    model.unregister(device); // ENOTEMPTY if the child were there
  }

  @Test
  void release_probeDefers_nothingIsLeft() {
    world.register(
        driver(context -> {
          context.own("first", () -> calls.add("first"));
          throw new Deferral(Awaited.device("soc", "never"));
        }));
    world.registered(bus, "device");
    assertThat(calls).containsExactly("first");
  }

  @Test
  void release_fails_isReportedAndTheRestIsReleased() throws Exception {
    Device device =
        bound(context -> {
          context.own("first", () -> calls.add("first"));
          context.own(
              "stuck",
              () -> {
                throw new IllegalStateException("does not close");
              });
        });
    try (var events = model.events().subscribe()) {
      model.unbind(device, LONG);
      assertThat(calls).containsExactly("remove", "first");
      String failed = null;
      for (Event event = events.poll(Duration.ZERO);
          event != null;
          event = events.poll(Duration.ZERO)) {
        failed = event.properties().getOrDefault("RELEASE_FAILED", failed);
      }
      assertThat(failed).startsWith("stuck: ").contains("does not close");
    }
  }

  @Test
  void threadsTimersAndExecutors_whenUnbound_haveEnded() throws Exception {
    var started = new CountDownLatch(3);
    var ended = new AtomicInteger();
    var ticks = new AtomicInteger();
    Runnable untilInterrupted =
        () -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException _) {
            ended.incrementAndGet();
          }
        };
    Device device =
        bound(context -> {
          context.start("thread", untilInterrupted);
          context.executor("pool").execute(untilInterrupted);
          context.every(
              "timer",
              Duration.ofMillis(1),
              () -> {
                ticks.incrementAndGet();
                started.countDown();
              });
        });
    started.await();
    assertThat(model.gate().inside()).anyMatch(call -> call.toString().contains("task thread"));
    model.unbind(device, LONG);
    assertThat(ended).hasValue(2);
    int after = ticks.get();
    assertThat(model.gate().inside()).isEmpty();
    assertThat(ticks).hasValue(after);
  }

  @Test
  void thread_ofTheDriver_raisesNoUseCount() throws Exception {
    Module module = world.module("m");
    var started = new CountDownLatch(1);
    Driver driver =
        world.owned(
            bus,
            module,
            (_, context) ->
                context.start(
                    "thread",
                    () -> {
                      started.countDown();
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    world.register(driver);
    Device device = world.registered(bus, "device");
    started.await();
    assertThat(module.useCount().users()).isZero();
    model.unregister(driver);
    assertThat(device.driver()).isEmpty();
    model.unregister(module);
  }

  /// The thread is waited for by another, or it would wait for itself.
  @Test
  void thread_unregistersItsOwnDevice_isReleasedAfterwards() {
    var goOn = new CountDownLatch(1);
    Device device =
        bound(context ->
            context.start(
                "thread",
                () -> {
                  ModelTest.uninterruptibly(goOn);
                  model.unregister(context.device());
                  calls.add("unregistered");
                }));
    goOn.countDown();
    await().until(() -> device.isRetired() && device.references() == 0);
    assertThat(calls).containsExactlyInAnyOrder("unregistered", "remove");
  }

  @Test
  void children_ofABinding_goWithIt() throws Exception {
    Device device =
        bound(context ->
            context.register(Device.builder("child").parent(context.device()).bus(bus).build()));
    assertThat(bus.findDevice("child")).isPresent();
    model.unbind(device, LONG);
    assertThat(bus.findDevice("child")).isEmpty();
  }

  @Test
  void subscription_ofABinding_isClosedWithIt() throws Exception {
    List<Events.Subscription> subscriptions = new CopyOnWriteArrayList<>();
    Device device = bound(context -> subscriptions.add(context.subscribe()));
    model.unbind(device, LONG);
    while (subscriptions.getFirst().poll(Duration.ZERO) != null) {
      calls.add("before");
    }
    world.registered(bus, "other");
    assertThat(subscriptions.getFirst().poll(Duration.ZERO)).isNull();
  }

  @Test
  void own_afterTheEnd_isClosedAtOnce() throws Exception {
    var kept = new AtomicReference<Context>();
    Device device = bound(kept::set);
    model.unbind(device, LONG);
    assertErrno(Errno.ENODEV, () -> kept.get().own("late", () -> calls.add("late")));
    assertThat(calls).containsExactly("remove", "late");
    assertErrno(Errno.ENODEV, () -> kept.get().start("late", () -> calls.add("never")));
  }

  @Test
  void add_twiceOrAfterTheProbe_isRefused() throws Exception {
    var kept = new AtomicReference<Context>();
    var attribute = Attribute.<Device>readOnly("speed", _ -> "9600");
    Device device =
        bound(context -> {
          context.add(attribute);
          assertErrno(Errno.EEXIST, () -> context.add(attribute));
          kept.set(context);
        });
    assertThat(device.givenAttributes()).containsExactly(attribute);
    assertErrno(Errno.EBUSY, () -> kept.get().add(attribute));
    model.unbind(device, LONG);
    assertThat(device.givenAttributes()).isEmpty();
  }

  @Test
  void remove_throws_theRestIsReleasedAllTheSame() throws Exception {
    world.register(
        world.driver(
            bus,
            "driver",
            new Driver.Callbacks() {
              @Override
              public void probe(Device device, Context context) {
                context.own("first", () -> calls.add("first"));
              }

              @Override
              public void remove(Device device) {
                throw new DriverfsException(Errno.EIO, device.path(), "a remove that throws");
              }
            }));
    Device device = world.registered(bus, "device");
    model.unbind(device, LONG);
    assertThat(calls).containsExactly("first");
  }

  /// Nothing grows with what has come and gone.
  @Test
  void whatHasEnded_isForgotten() throws Exception {
    var kept = new AtomicReference<Context>();
    Device device = bound(kept::set);
    Context context = kept.get();
    for (int i = 0; i < 100; i++) {
      context.start("job", () -> {});
      context.executor("pool").close();
      context.subscribe().close();
      Device child = Device.builder("child").parent(device).build();
      context.register(child);
      model.unregister(child);
      AutoCloseable port = () -> calls.add("port");
      context.close(context.own("port", port));
    }
    await().until(() -> context.held().isEmpty());
    assertThat(calls).hasSize(100).containsOnly("port");
    model.unbind(device, LONG);
  }

  /// A driver of children that notes their removes.
  private Driver childDriver() {
    Driver driver =
        world.track(
            Driver.builder(
                    "child-driver",
                    bus,
                    new Probes() {
                      @Override
                      public void remove(Device device) {
                        calls.add("remove " + device.name());
                      }
                    })
                .ids("child")
                .build());
    world.register(driver);
    return driver;
  }

  private static Device child(Context context) {
    return Device.builder("child")
        .parent(context.device())
        .bus(context.device().bus().orElseThrow())
        .type(new DeviceType("child", AttributeSet.none()))
        .build();
  }

  /// What a child's driver uses is there until that has let the child go.
  @Test
  void child_somebodyIsInsideItsDriver_theRestIsReleasedAfterThat() {
    Driver ofChildren = childDriver();
    Device device =
        bound(context -> {
          context.own("port", () -> calls.add("port"));
          context.register(child(context));
        });
    world.settle();
    Device child = bus.findDevice("child").orElseThrow();
    assertThat(model.pin(child, ofChildren)).isTrue();
    assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ofMillis(50)));
    assertThat(calls).containsExactly("remove");
    model.unpin(child, ofChildren);
    world.settle();
    assertThat(calls).containsExactly("remove", "remove child", "port");
    assertThat(device.driver()).isEmpty();
    model.unregister(ofChildren);
  }

  /// The last who leaves the child is a thread that the parent's release waits for.
  @Test
  void child_isLeftByAThreadOfItsParentsDriver_isNoDeadlock() throws Exception {
    Driver ofChildren = childDriver();
    var isPinned = new CountDownLatch(1);
    var isGoing = new CountDownLatch(1);
    Device device =
        bound(context -> {
          context.start(
              "thread",
              () -> {
                ModelTest.uninterruptibly(isPinned);
                Device child = bus.findDevice("child").orElseThrow();
                model.pin(child, ofChildren);
                isPinned.countDown();
                ModelTest.uninterruptibly(isGoing);
                model.unpin(child, ofChildren);
              });
          context.register(child(context));
        });
    world.settle();
    isPinned.countDown();
    Device child = bus.findDevice("child").orElseThrow();
    await().until(() -> child.binding != null && child.binding.references() > 0);
    assertErrno(Errno.EBUSY, () -> model.unbind(device, Duration.ofMillis(50)));
    isGoing.countDown();
    world.settle();
    assertThat(calls).containsExactly("remove", "remove child");
    assertThat(device.driver()).isEmpty();
    model.unregister(ofChildren);
  }
}
