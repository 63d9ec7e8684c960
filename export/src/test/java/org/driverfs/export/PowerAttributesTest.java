package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.export.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.driverfs.errno.Errno;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.RuntimePower;
import org.driverfs.tree.OpenMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class PowerAttributesTest {
  private static final String POWER = "devices/disk/power/";

  @RegisterExtension final World world = new World();
  private final List<Driver> drivers = new ArrayList<>();
  private final Bus bus = world.track(new Bus("scsi"));
  private final Device device =
      world.track(
          Device.builder("disk")
              .bus(bus)
              .type(new DeviceType("disk", AttributeSet.none()))
              .build());
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Driver plain = driver("plain", null);
  private final Driver sleeping =
      driver(
          "sleeping",
          new RuntimePower() {
            @Override
            public void suspend(Device it) {
              calls.add("suspend");
            }

            @Override
            public void resume(Device it) {
              calls.add("resume");
            }
          });

  private Driver driver(String name, @Nullable RuntimePower power) {
    var builder = Driver.builder(name, bus, (_, _) -> {}).ids("disk");
    return world.track(power == null ? builder.build() : builder.runtimePower(power).build());
  }

  @BeforeEach
  void register() {
    world.model.register(bus);
    world.model.register(device);
  }

  private void register(Driver driver) {
    drivers.add(driver);
    world.model.register(driver);
    world.settle();
  }

  @AfterEach
  void unregister() {
    world.model.unregister(device);
    drivers.forEach(world.model::unregister);
    world.model.unregister(bus);
  }

  private String read(String name) {
    return world.read(POWER + name).strip();
  }

  @Test
  void device_withoutDriver_isOnAndUnsupported() {
    assertThat(Set.copyOf(world.list("devices/disk/power")))
        .contains(
            "state",
            "control",
            "autosuspend_delay_ms",
            "runtime_status",
            "active_time_ms",
            "suspended_time_ms");
    assertThat(read("state")).isEqualTo("on");
    assertThat(read("control")).isEqualTo("on");
    assertThat(read("autosuspend_delay_ms")).isEqualTo("2000");
    assertThat(read("runtime_status")).isEqualTo("unsupported");
    assertThat(read("active_time_ms")).isEqualTo("0");
    assertThat(read("suspended_time_ms")).isEqualTo("0");
    assertErrno(Errno.EOPNOTSUPP, () -> world.write(POWER + "state", "suspended"));
  }

  @Test
  void state_written_letsTheDeviceSleepAndWakesIt() {
    register(sleeping);
    assertErrno(Errno.EBUSY, () -> world.write(POWER + "state", "suspended"));
    world.write(POWER + "control", "auto");
    world.write(POWER + "state", "suspended\n");
    assertThat(read("state")).isEqualTo("suspended");
    assertThat(read("runtime_status")).isEqualTo("suspended");
    world.write(POWER + "state", "on");
    assertThat(read("state")).isEqualTo("on");
    assertThat(read("runtime_status")).isEqualTo("active");
    assertThat(calls).containsExactly("suspend", "resume");
  }

  @Test
  void control_autoAndOn_followTheDelay() {
    register(sleeping);
    world.write(POWER + "autosuspend_delay_ms", "0");
    world.write(POWER + "control", "auto");
    assertThat(read("control")).isEqualTo("auto");
    await().until(() -> read("runtime_status").equals("suspended"));
    await().until(() -> Long.parseLong(read("suspended_time_ms")) > 0);
    world.write(POWER + "control", "on");
    assertThat(read("runtime_status")).isEqualTo("active");
    await().until(() -> Long.parseLong(read("active_time_ms")) > 0);
    world.write(POWER + "autosuspend_delay_ms", "-1");
    world.write(POWER + "control", "auto");
    assertThat(read("runtime_status")).isEqualTo("active");
  }

  @Test
  void values_thatAreWrong_areRefusedAndChangeNothing() {
    register(sleeping);
    assertErrno(Errno.EINVAL, () -> world.write(POWER + "state", "off"));
    assertErrno(Errno.EINVAL, () -> world.write(POWER + "control", "suspended"));
    assertErrno(Errno.EINVAL, () -> world.write(POWER + "autosuspend_delay_ms", "soon"));
    assertErrno(Errno.ERANGE, () -> world.write(POWER + "autosuspend_delay_ms", "-2"));
    for (String name : List.of("runtime_status", "active_time_ms", "suspended_time_ms")) {
      assertErrno(Errno.EACCES, () -> world.open(POWER + name, OpenMode.WRITE));
    }
    assertThat(read("control")).isEqualTo("on");
    assertThat(read("autosuspend_delay_ms")).isEqualTo("2000");
    assertThat(calls).isEmpty();
  }

  @Test
  void driverThatDoesNotSleep_controlIsKeptAndChangesNothing() {
    register(plain);
    world.write(POWER + "control", "auto");
    assertThat(read("control")).isEqualTo("auto");
    assertThat(read("runtime_status")).isEqualTo("unsupported");
    assertErrno(Errno.EOPNOTSUPP, () -> world.write(POWER + "state", "suspended"));
  }

  @Test
  void system_suspendedAndOff_isTheStateOfTheDevice() throws Exception {
    register(sleeping);
    world.model.power().suspend(Duration.ofSeconds(10));
    assertThat(read("state")).isEqualTo("suspended");
    assertErrno(Errno.EBUSY, () -> world.write(POWER + "state", "on"));
    world.model.power().resume();
    assertThat(read("state")).isEqualTo("on");
    world.model.power().shutdown(Duration.ofSeconds(10));
    assertThat(read("state")).isEqualTo("off");
  }
}
