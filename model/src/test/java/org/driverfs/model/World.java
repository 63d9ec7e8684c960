package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A model for one test, after which nobody may be inside anything: no gate entry, no reference and
/// no use is left of whatever the test tracked.
final class World implements AfterEachCallback {
  static final DeviceType TYPE = new DeviceType("disk", AttributeSet.none());

  final Model model;
  private final List<Kobject> tracked = new CopyOnWriteArrayList<>();

  World() {
    this(Clock.SYSTEM);
  }

  World(Clock clock) {
    model = new Model(clock);
  }

  <K extends Kobject> K track(K object) {
    tracked.add(object);
    return object;
  }

  Bus bus(String name) {
    Bus bus = track(new Bus(name));
    model.register(bus);
    return bus;
  }

  Device device(Bus bus, String name) {
    return track(Device.builder(name).bus(bus).type(TYPE).build());
  }

  Device registered(Bus bus, String name) {
    Device device = device(bus, name);
    register(device);
    return device;
  }

  /// Registers a device, and waits until it has been probed.
  void register(Device device) {
    model.register(device);
    settle();
  }

  /// Registers a driver, and waits until it has probed.
  void register(Driver driver) {
    model.register(driver);
    settle();
  }

  void settle() {
    try {
      model.settle(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Module module(String name) {
    Module module = track(new Module(name, "1"));
    model.register(module);
    return module;
  }

  Driver driver(Bus bus, String name, Driver.Callbacks callbacks) {
    return track(Driver.builder(name, bus, callbacks).ids(TYPE.name()).build());
  }

  Driver owned(Bus bus, Module owner, Driver.Callbacks callbacks) {
    return track(Driver.builder("d", bus, callbacks).ids(TYPE.name()).owner(owner).build());
  }

  /// How many users keep a device active.
  static int users(Device device) {
    Activity activity = device.findActivity();
    return activity == null ? 0 : activity.users();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(model.gate().inside()).as("inside the gate").isEmpty();
    for (Kobject object : tracked) {
      boolean isBound = object instanceof Device device && device.driver().isPresent();
      if (object instanceof Module module) {
        assertThat(module.useCount().users()).as("users of " + module).isZero();
      }
      if (!isBound && !(object instanceof Driver driver && driver.isRegistered())) {
        assertThat(object.references()).as("references of " + object).isZero();
      }
      if (!isBound && object instanceof Device device) {
        assertThat(users(device)).as("users of " + object).isZero();
      }
    }
  }

  /// A step that may be refused.
  interface Attempt {
    void run() throws Exception;
  }

  /// @param expected what the step may be refused with; anything else is a defect
  static void attempt(Attempt attempt, Set<Errno> expected) {
    try {
      attempt.run();
    } catch (DriverfsException e) {
      if (!expected.contains(e.errno())) {
        throw new AssertionError(e);
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static DriverfsException assertErrno(Errno errno, ThrowingCallable call) {
    DriverfsException thrown = catchThrowableOfType(DriverfsException.class, call);
    assertThat(thrown).as("a DriverfsException").isNotNull();
    assertThat(thrown.errno()).as(thrown.toString()).isEqualTo(errno);
    return thrown;
  }
}
