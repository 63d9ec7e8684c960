package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

  @Test
  void call_changesItsThread_isTakenBack() {
    Thread thread = Thread.currentThread();
    String name = thread.getName();
    ClassLoader loader = thread.getContextClassLoader();
    gate.call(
        driver,
        device,
        SHOW,
        () -> {
          thread.interrupt();
          thread.setName("another");
          thread.setContextClassLoader(null);
          return true;
        });
    assertThat(thread.isInterrupted()).isFalse();
    assertThat(thread.getName()).isEqualTo(name);
    assertThat(thread.getContextClassLoader()).isSameAs(loader);
  }

  @Test
  void call_interruptedBefore_isInterruptedAfterwards() {
    Thread.currentThread().interrupt();
    boolean inside = gate.call(driver, device, SHOW, Thread::interrupted);
    assertThat(inside).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  /// Those for whom there is no place in the array are known too.
  @Test
  void inside_thousandsOfCalls_knowsAll() throws Exception {
    var inside = new CountDownLatch(3000);
    var goOn = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      threads.add(
          Thread.startVirtualThread(() ->
              gate.call(
                  driver,
                  device,
                  SHOW,
                  () -> {
                    inside.countDown();
                    goOn.await();
                    return true;
                  })));
    }
    inside.await();
    assertThat(gate.inside()).hasSize(3000);
    goOn.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(gate.inside()).isEmpty();
  }

  @Test
  void call_fromInsideItselfAgainAndAgain_isEloop() {
    assertErrno(Errno.ELOOP, () -> nest(0));
    assertThat(gate.inside()).isEmpty();
  }

  private int nest(int depth) {
    return gate.call(driver, device, SHOW, () -> nest(depth + 1));
  }

  @Test
  void call_usesUpTheStack_isEioAndNobodyIsInsideAfterwards() {
    assertErrno(Errno.EIO, () -> gate.call(driver, device, SHOW, () -> deep(0)));
    assertThat(gate.inside()).isEmpty();
  }

  private static int deep(int n) {
    return n < 0 ? 0 : deep(n + 1) + 1;
  }
}
