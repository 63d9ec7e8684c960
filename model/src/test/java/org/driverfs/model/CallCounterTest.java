package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Operation.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class CallCounterTest {
  private static final Operation SHOW = new Operation(Kind.SHOW, "size");
  private static final Operation STORE = new Operation(Kind.STORE, "size");

  @RegisterExtension final World world = new World();
  private final Bus bus = world.bus("scsi");
  private final Driver driver = world.owned(bus, world.module("m"), new Probes());
  private final Device device = world.registered(bus, "sda");

  private void show() {
    world.model.gate().call(driver, device, SHOW, () -> "512");
  }

  private void refuse() {
    assertErrno(
        Errno.EINVAL,
        () ->
            world
                .model
                .gate()
                .call(
                    driver,
                    device,
                    STORE,
                    () -> {
                      throw new DriverfsException(Errno.EINVAL, "size", "is fixed");
                    }));
  }

  @Test
  void call_fromManyThreads_isCountedExactly() throws Exception {
    long threads = 8;
    long rounds = 5_000;
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int round = 0; round < rounds; round++) {
                  show();
                  if (round % 10 == 0) {
                    refuse();
                  }
                }
              }));
    }
    for (Thread thread : all) {
      thread.join();
    }
    CallCounter shows = driver.counter(Kind.SHOW);
    CallCounter stores = driver.counter(Kind.STORE);
    assertThat(shows.calls()).isEqualTo(threads * rounds);
    assertThat(shows.errors()).isZero();
    assertThat(stores.calls()).isEqualTo(threads * rounds / 10);
    assertThat(stores.errors()).isEqualTo(stores.calls());
    assertThat(driver.counter(Kind.PROBE).calls()).isZero();
    assertThat(shows.longestNanos()).isPositive().isLessThanOrEqualTo(shows.totalNanos());
  }

  @Test
  void count_longerAndShorter_keepsTheLongestAndTheSum() {
    CallCounter probes = driver.counter(Kind.PROBE);
    probes.count(5, false);
    probes.count(9, true);
    probes.count(3, false);
    assertThat(probes.longestNanos()).isEqualTo(9);
    assertThat(probes.totalNanos()).isEqualTo(17);
    assertThat(probes.errors()).isEqualTo(1);
  }

  @Test
  void register_driver_countsItsProbesAndRemoves() {
    world.register(driver);
    assertThat(driver.counter(Kind.PROBE).calls()).isEqualTo(1);
    assertThat(driver.counter(Kind.REMOVE).calls()).isZero();
    world.model.unregister(driver);
    assertThat(driver.counter(Kind.REMOVE).calls()).isEqualTo(1);
  }

  @Test
  void call_nested_countsBothAndMeasuresTheOuterLonger() {
    world
        .model
        .gate()
        .call(
            driver,
            device,
            STORE,
            () -> {
              show();
              return true;
            });
    assertThat(driver.counter(Kind.STORE).longestNanos())
        .isGreaterThanOrEqualTo(driver.counter(Kind.SHOW).longestNanos());
  }
}
