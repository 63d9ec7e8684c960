package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatusTest {
  private static final Operation SHOW = new Operation(Operation.Kind.SHOW, "size");
  private static final DeviceType TYPE = new DeviceType("disk", AttributeSet.none());

  private final Daemon daemon =
      new Daemon(Settings.of(new UpOptions(null, Path.of("/nowhere"), null, false)));
  private final Model model = daemon.world().model();
  private final Bus bus = new Bus("scsi");
  private final CountDownLatch goOn = new CountDownLatch(1);

  private void registerDriverThatHangsIn(String name) {
    model.register(bus);
    model.register(
        Driver.builder(
                "sd",
                bus,
                (device, _) -> {
                  if (device.name().equals(name)) {
                    goOn.await();
                  }
                })
            .ids(TYPE.name())
            .build());
  }

  private Device register(String name) {
    var device = Device.builder(name).bus(bus).type(TYPE).build();
    model.register(device);
    return device;
  }

  /// Goes into the driver of a device until a latch opens.
  private Thread stay(Device device, Operation operation, CountDownLatch until) {
    Driver driver = device.driver().orElseThrow();
    return Thread.ofPlatform()
        .start(() ->
            model
                .gate()
                .call(
                    driver,
                    device,
                    operation,
                    () -> {
                      until.await();
                      return true;
                    }));
  }

  @Test
  void status_probeHangs_isNamedAndOtherDevicesAreUnaffected() throws Exception {
    registerDriverThatHangsIn("slow");
    register("slow");
    await().until(() -> !model.gate().inside().isEmpty());

    assertThat(Status.of(daemon, Duration.ofDays(1)).text()).doesNotContain("hangs");
    assertThat(Status.of(daemon, Duration.ZERO).text())
        .containsPattern(
            "(?m)^hangs probe of driver sd for device slow, thread .+, for \\d+\\.\\d s$");
    Device fast = register("fast");
    await().until(() -> fast.driver().isPresent());

    goOn.countDown();
    model.settle(Duration.ofSeconds(30));
    assertThat(Status.of(daemon, Duration.ZERO).text()).doesNotContain("hangs");
  }

  @Test
  void status_twoHang_namesTheLongestFirst() throws Exception {
    registerDriverThatHangsIn("slow");
    register("slow");
    await().until(() -> model.gate().inside().size() == 1);
    Device fast = register("fast");
    await().until(() -> fast.driver().isPresent());
    var show = new CountDownLatch(1);
    Thread second = stay(fast, SHOW, show);
    await().until(() -> model.gate().inside().size() == 2);

    assertThat(Status.of(daemon, Duration.ZERO).text().lines().filter(it -> it.startsWith("hangs")))
        .satisfiesExactly(
            line -> assertThat(line).contains("probe"),
            line -> assertThat(line).contains("show size"));

    goOn.countDown();
    show.countDown();
    second.join();
  }

  /// A thread of the driver is meant to run for as long as the driver has the device.
  @Test
  void status_taskOfADriverRuns_isNoHang() throws Exception {
    registerDriverThatHangsIn("nothing");
    Device device = register("busy");
    model.settle(Duration.ofSeconds(30));
    var over = new CountDownLatch(1);
    Thread task = stay(device, new Operation(Operation.Kind.TASK, "watch"), over);
    await().until(() -> model.gate().inside().size() == 1);
    assertThat(Status.of(daemon, Duration.ZERO).text()).doesNotContain("hangs");
    over.countDown();
    task.join();
  }
}
