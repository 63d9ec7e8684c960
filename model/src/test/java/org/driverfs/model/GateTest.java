package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class GateTest {
  @RegisterExtension final World world = new World();
  private final Gate gate = world.model.gate();
  private final Bus bus = world.bus("scsi");
  private final Module module = world.module("m");
  private final Driver driver = world.owned(bus, module, new Probes());
  private final Device device = world.registered(bus, "sda");

  @Test
  void call_running_isNamedAndRaisesTheUseCount() {
    assertThat(gate.inside()).isEmpty();
    String named =
        gate.call(
            driver,
            device,
            "show size",
            () -> {
              assertThat(module.useCount().users()).isEqualTo(1);
              return gate.inside().getFirst().toString();
            });
    assertThat(named)
        .contains("show size of driver d for device sda", Thread.currentThread().getName());
    assertThat(gate.inside()).isEmpty();
    assertThat(module.useCount().users()).isZero();
  }

  @Test
  void call_throwsSomething_isEioWithTheCause() {
    var error = new AssertionError("whatever");
    assertThat(
            assertErrno(
                Errno.EIO,
                () ->
                    gate.call(
                        driver,
                        device,
                        "probe",
                        () -> {
                          throw error;
                        })))
        .hasCause(error)
        .hasMessageContainingAll("sda", "probe of driver d");
  }

  @Test
  void call_throwsAnErrno_isThatErrno() {
    var thrown = new DriverfsException(Errno.EINVAL, "mtu", "is too large");
    assertThat(
            assertErrno(
                Errno.EINVAL,
                () ->
                    gate.call(
                        driver,
                        device,
                        "store mtu",
                        () -> {
                          throw thrown;
                        })))
        .isSameAs(thrown);
  }

  @Test
  void call_moduleClosing_isEnodevUnlessPinned() throws Exception {
    assertThat(driver.pin(device)).isTrue();
    assertThat(module.useCount().close(Duration.ZERO)).isFalse();
    assertErrno(Errno.ENODEV, () -> gate.call(driver, device, "probe", () -> true));
    assertThat(gate.callPinned(driver, device, "show size", () -> "1")).isEqualTo("1");
    driver.unpin(device);
    assertThat(module.useCount().reopen()).isTrue();
  }
}
