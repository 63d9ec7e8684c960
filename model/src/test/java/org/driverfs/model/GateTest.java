package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Operation.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class GateTest {
  private static final Operation PROBE = new Operation(Kind.PROBE);
  private static final Operation SHOW = new Operation(Kind.SHOW, "size");
  private static final Operation STORE = new Operation(Kind.STORE, "mtu");

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
            SHOW,
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
                        PROBE,
                        () -> {
                          throw error;
                        })))
        .hasMessageContainingAll("sda", "probe of driver d")
        .cause()
        .hasToString(error.toString());
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
                        STORE,
                        () -> {
                          throw thrown;
                        })))
        .hasMessage(thrown.getMessage());
  }

  @Test
  void call_moduleClosing_isEnodevUnlessPinned() throws Exception {
    assertThat(driver.pin(device)).isTrue();
    assertThat(module.useCount().close(Duration.ZERO)).isFalse();
    assertErrno(Errno.ENODEV, () -> gate.call(driver, device, PROBE, () -> true));
    assertThat(gate.callPinned(driver, device, SHOW, () -> "1")).isEqualTo("1");
    driver.unpin(device);
    assertThat(module.useCount().reopen()).isTrue();
  }
}
