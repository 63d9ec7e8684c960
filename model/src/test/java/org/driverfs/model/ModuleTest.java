package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Lease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ModuleTest {
  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("scsi");
  private final Module module = world.module("m");
  private final Driver driver = world.owned(bus, module, new Probes());

  @Test
  void users_atRestWithBoundDevices_areNone() {
    model.register(driver);
    Device device = world.registered(bus, "a");
    assertThat(device.driver()).containsSame(driver);
    assertThat(module.useCount().users()).isZero();
  }

  @Test
  void users_whileWalkedOver_areOneForTheElementInHand() {
    model.register(driver);
    model.register(world.driver(bus, "builtin", new Probes()));
    List<String> seen = new ArrayList<>();
    bus.forEachDriver(it -> seen.add(it.name() + " " + module.useCount().users()));
    assertThat(seen).containsExactlyInAnyOrder("d 1", "builtin 0");
  }

  @Test
  void forEachDevice_visitorThrows_putsWhatWasInHand() {
    Device device = world.registered(bus, "a");
    try {
      bus.forEachDevice(it -> {
        assertThat(it.references()).isEqualTo(1);
        throw new IllegalStateException("a visitor that throws");
      });
    } catch (IllegalStateException e) {
      assertThat(device.references()).isZero();
    }
  }

  @Test
  void unregister_ownsDrivers_isEbusyAndNamesThem() {
    model.register(driver);
    assertThat(assertErrno(Errno.EBUSY, () -> model.unregister(module)))
        .hasMessageContaining("driver d");
    model.unregister(driver);
    model.unregister(module);
  }

  @Test
  void unregister_callbackRunning_isEbusyAndNamesIt() {
    Device device = world.registered(bus, "a");
    model
        .gate()
        .call(
            driver,
            device,
            new Operation(Operation.Kind.SHOW, "size"),
            () ->
                assertThat(assertErrno(Errno.EBUSY, () -> model.unregister(module)))
                    .hasMessageContainingAll("1 users", "show size", "device a"));
    model.unregister(module);
  }

  @Test
  void unregister_leased_isEbusyAndLeavesItLive() {
    try (Lease _ = Objects.requireNonNull(module.useCount().acquire())) {
      assertErrno(Errno.EBUSY, () -> model.unregister(module));
    }
    assertThat(module.isRegistered()).isTrue();
    model.register(driver);
    model.unregister(driver);
  }
}
