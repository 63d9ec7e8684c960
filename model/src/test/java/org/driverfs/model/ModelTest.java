package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.driverfs.model.World.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ModelTest {
  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Watcher watcher = new Watcher();
  private final Bus bus = world.bus("scsi");

  private static Device plain(String name, Device parent) {
    return Device.builder(name).parent(parent).build();
  }

  private Device top(String name) {
    Device device = world.track(Device.builder(name).build());
    model.register(device);
    return device;
  }

  @Test
  void register_nameTakenOnTheBus_isEexistAndChangesNothing() {
    Device first = world.registered(bus, "sda");
    Device second = world.device(bus, "sda");
    assertErrno(Errno.EEXIST, () -> model.register(second));
    assertThat(bus.findDevice("sda")).containsSame(first);
    model.unregister(first);
    model.register(second);
  }

  /// What is asked again meanwhile says something else: that must not be what the device is known
  /// by.
  @Test
  void register_twice_isEexistAndChangesNoIds() {
    var asked = new AtomicInteger();
    var counting =
        new Bus("counting", _ -> List.of("id" + asked.incrementAndGet()), AttributeSet.none());
    model.register(counting);
    Device device = world.registered(counting, "device");
    assertErrno(Errno.EEXIST, () -> model.register(device));
    assertThat(asked).hasValue(2);
    assertThat(device.ids()).containsExactly("id1");
    model.unregister(device);
    assertThat(counting.devicesById.isEmpty()).isTrue();
    model.unregister(counting);
  }

  @Test
  void register_sameNameFromTwoThreads_oneSucceeds() throws Exception {
    for (int round = 0; round < 200; round++) {
      var barrier = new CyclicBarrier(2);
      String name = "sd" + round;
      List<Future<Boolean>> outcomes = new ArrayList<>();
      try (var threads = Executors.newFixedThreadPool(2)) {
        for (int t = 0; t < 2; t++) {
          outcomes.add(
              threads.submit(() -> {
                Device device = Device.builder(name).build();
                barrier.await();
                try {
                  model.register(device);
                  return true;
                } catch (DriverfsException e) {
                  assertThat(e.errno()).isEqualTo(Errno.EEXIST);
                  return false;
                }
              }));
        }
      }
      assertThat(outcomes.get(0).get()).isNotEqualTo(outcomes.get(1).get());
    }
  }

  @Test
  void register_twice_isEexist() {
    Device device = world.registered(bus, "sda");
    assertErrno(Errno.EEXIST, () -> model.register(device));
    model.unregister(device);
    assertErrno(Errno.EEXIST, () -> model.register(device));
  }

  @Test
  void unregister_twice_isEnodev() {
    Device device = world.registered(bus, "sda");
    model.unregister(device);
    assertErrno(Errno.ENODEV, () -> model.unregister(device));
    Module module = world.module("m");
    model.unregister(module);
    assertErrno(Errno.ENODEV, () -> model.unregister(module));
    Driver driver = world.driver(bus, "d", new Probes());
    world.register(driver);
    model.unregister(driver);
    assertErrno(Errno.ENODEV, () -> model.unregister(driver));
  }

  @Test
  void unregister_moduleNeverRegistered_isEnodevAndLeavesItLive() {
    Module module = world.track(new Module("m", "1"));
    assertErrno(Errno.ENODEV, () -> model.unregister(module));
    model.register(module);
    assertThat(module.useCount().acquire()).isNotNull().satisfies(lease -> lease.close());
  }

  @Test
  void register_needsNotRegistered_isEnodev() {
    Device parent = Device.builder("parent").build();
    Device child = plain("child", parent);
    assertErrno(Errno.ENODEV, () -> model.register(child));
    Device onBus = Device.builder("x").bus(new Bus("none")).build();
    assertErrno(Errno.ENODEV, () -> model.register(onBus));
    Device ofClass = Device.builder("x").deviceClass(new DeviceClass("none")).build();
    assertErrno(Errno.ENODEV, () -> model.register(ofClass));
    Driver owned = world.owned(bus, new Module("none", "1"), new Probes());
    assertErrno(Errno.ENODEV, () -> model.register(owned));
    model.register(parent);
    model.register(child);
    model.unregister(child);
    model.unregister(parent);
  }

  @Test
  void unregister_whatOthersNeed_isRefused() {
    var deviceClass = world.track(new DeviceClass("block"));
    model.register(deviceClass);
    Device parent = top("parent");
    Device child = Device.builder("child").parent(parent).bus(bus).deviceClass(deviceClass).build();
    model.register(child);
    assertErrno(Errno.ENOTEMPTY, () -> model.unregister(parent));
    assertErrno(Errno.EBUSY, () -> model.unregister(bus));
    assertErrno(Errno.EBUSY, () -> model.unregister(deviceClass));
    model.unregister(child);
    model.unregister(parent);
    model.unregister(deviceClass);
    model.unregister(bus);
  }

  @Test
  void register_observerThrows_isUndoneForThoseWhoHeard() {
    var second = new Watcher();
    model.addObserver(watcher);
    model.addObserver(second);
    second.throwsAt = "added";
    Device parent = world.track(Device.builder("parent").build());
    assertThatIllegalStateException().isThrownBy(() -> model.register(parent));
    assertThat(watcher.heard).containsExactly("added parent", "removed parent");
    second.throwsAt = "added child";
    model.register(parent);
    assertThatIllegalStateException().isThrownBy(() -> model.register(plain("child", parent)));
    model.unregister(parent);
  }

  @Test
  void unregister_observerThrows_isDoneAllTheSame() {
    model.addObserver(watcher);
    Device device = world.registered(bus, "sda");
    watcher.throwsAt = "removed";
    model.unregister(device);
    assertThat(bus.findDevice("sda")).isEmpty();
    assertThat(device.isRegistered()).isFalse();
  }

  @Test
  void get_afterUnregister_answersFalseAndReleaseFollowsTheLastPut() {
    var released = new AtomicInteger();
    var type = new DeviceType("t", AttributeSet.none(), _ -> released.incrementAndGet());
    Device device = world.track(Device.builder("a").type(type).build());
    model.register(device);
    assertThat(device.get()).isTrue();
    model.unregister(device);
    assertThat(device.get()).isFalse();
    assertThat(released).hasValue(0);
    device.put();
    assertThat(released).hasValue(1);
  }

  @Test
  void release_throws_unregisterSucceeds() {
    var type =
        new DeviceType(
            "t",
            AttributeSet.none(),
            _ -> {
              throw new IllegalStateException("a release that throws");
            });
    Device device = world.track(Device.builder("a").type(type).build());
    model.register(device);
    model.unregister(device);
    assertThat(device.isRetired()).isTrue();
  }

  @Test
  void move_belowItself_isEinval() {
    Device a = top("a");
    Device b = world.track(plain("b", a));
    model.register(b);
    assertErrno(Errno.EINVAL, () -> model.move(a, b, "", "a"));
    assertErrno(Errno.EINVAL, () -> model.move(a, a, "", "a"));
    assertThat(b.path()).isEqualTo("a/b");
  }

  /// Each of two moves is allowed alone; both together would make a circle.
  @Test
  void move_twoBelowEachOther_oneSucceeds() throws Exception {
    for (int round = 0; round < 500; round++) {
      Device a = top("a" + round);
      Device b = top("b" + round);
      var barrier = new CyclicBarrier(2);
      try (var threads = Executors.newFixedThreadPool(2)) {
        var first = threads.submit(() -> movedBelow(a, b, barrier));
        var second = threads.submit(() -> movedBelow(b, a, barrier));
        assertThat(first.get()).isNotEqualTo(second.get());
      }
    }
  }

  private boolean movedBelow(Device device, Device parent, CyclicBarrier barrier) throws Exception {
    barrier.await();
    try {
      model.move(device, parent, "", device.name());
      return true;
    } catch (DriverfsException e) {
      assertThat(e.errno()).isEqualTo(Errno.EINVAL);
      return false;
    }
  }

  @Test
  void move_nameTaken_isEexistAndChangesNothing() {
    Device a = world.registered(bus, "a");
    world.registered(bus, "b");
    Device parent = top("parent");
    assertErrno(Errno.EEXIST, () -> model.move(a, parent, "", "b"));
    assertThat(a.path()).isEqualTo("a");
    model.unregister(parent);
  }

  @Test
  void move_observerThrows_isUndoneForThoseWhoHeard() {
    var second = new Watcher();
    Device from = top("from");
    Device to = top("to");
    Device device = world.track(Device.builder("a").parent(from).bus(bus).build());
    model.register(device);
    model.addObserver(watcher);
    model.addObserver(second);
    second.throwsAt = "moved";
    assertThatIllegalStateException().isThrownBy(() -> model.move(device, to, "", "b"));
    assertThat(watcher.heard).containsExactly("moved to/b", "moved from/a");
    assertThat(bus.findDevice("a")).containsSame(device);
    assertThat(bus.findDevice("b")).isEmpty();
    assertErrno(Errno.ENOTEMPTY, () -> model.unregister(from));
    model.unregister(to);
    model.unregister(device);
    model.unregister(from);
  }

  /// A device without a bus is found by its place, which stays when what is above it moves.
  @Test
  void move_parentOfDeviceWithoutBus_itsOldPlaceIsFree() {
    Device parent = top("a");
    Device child = world.track(plain("child", parent));
    model.register(child);
    model.move(parent, null, "", "b");
    model.unregister(child);
    Device other = top("a");
    Device again = plain("child", other);
    model.register(again);
    Device third = plain("child", parent);
    model.register(third);
  }

  @Test
  void move_toWhereItIs_doesNothing() {
    Device device = world.registered(bus, "a");
    model.addObserver(watcher);
    model.move(device, null, "", "a");
    assertThat(watcher.heard).isEmpty();
  }

  @Test
  void change_fromAnObserverOfThatDevice_isEdeadlk() {
    var thrown = new ArrayList<DriverfsException>();
    model.addObserver(
        new Watcher() {
          @Override
          public void moved(Device device) {
            thrown.add(assertErrno(Errno.EDEADLK, () -> model.unregister(device)));
          }
        });
    Device device = world.registered(bus, "a");
    model.move(device, null, "", "b");
    assertThat(thrown).hasSize(1);
    assertThat(device.isRegistered()).isTrue();
  }

  /// The directory of a device must be there before a driver can have it, and be told of once.
  @Test
  void registerDriver_whileADeviceIsBeingAdded_bindsItAfterwards() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    model.addObserver(
        new Watcher() {
          @Override
          public void added(Kobject object) {
            if (object instanceof Device) {
              inside.countDown();
              uninterruptibly(goOn);
            }
          }
        });
    model.addObserver(watcher);
    Device device = world.device(bus, "sda");
    Thread registers = Thread.ofPlatform().start(() -> world.register(device));
    inside.await();
    var probes = new Probes();
    Driver driver = world.driver(bus, "d", probes);
    world.register(driver);
    assertThat(probes.probes).hasValue(0);
    goOn.countDown();
    registers.join();
    assertThat(watcher.heard).containsExactly("added d", "added sda", "bound sda");
    model.unregister(driver);
    probes.assertAtRest();
  }

  static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
