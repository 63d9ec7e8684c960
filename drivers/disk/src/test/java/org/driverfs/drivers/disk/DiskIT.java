package org.driverfs.drivers.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.drivers.testing.DriverHost.LONG;
import static org.driverfs.drivers.testing.DriverHost.refusal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.driverfs.buses.linux.LinuxDevices;
import org.driverfs.drivers.testing.DriverHost;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// On this machine's kernel, with block devices that each test makes and takes away again.
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set by JUnit
class DiskIT {
  private static final String VIRTUAL = "root/virtual/block/";
  private static final long MIB = 1 << 20;

  @RegisterExtension private final DriverHost host = new DriverHost();
  @TempDir private Path directory;
  private @Nullable LinuxDevices devices;

  @BeforeEach
  void start() {
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      Assumptions.assumeTrue(
          "root".equals(System.getProperty("user.name")), "block devices of one's own need root");
    }
    devices = LinuxDevices.start(host.model());
  }

  @AfterEach
  void stop() throws InterruptedException {
    host.modules().close();
    if (devices != null) {
      devices.close();
    }
  }

  /// Waits until the kernel's events are followed, and the devices have drivers.
  private void settle() throws InterruptedException {
    if (devices != null) {
      assertThat(devices.settle(LONG)).isTrue();
    }
    host.model().settle(LONG);
  }

  private String disk(String name) {
    return VIRTUAL + name + "/disk/";
  }

  @Test
  void insmodAndRmmod_onAllBlockDevices_changeNothing() throws Exception {
    List<String> before = host.list("bus/block/devices");
    host.insmod(Map.of());
    assertThat(host.list("bus/block/drivers/disk")).containsAll(before);
    for (String name : before) {
      long sectors = Long.parseLong(host.read("class/block/" + name + "/size"));
      assertThat(host.read("class/block/" + name + "/disk/size")).isEqualTo(512 * sectors + "");
    }
    host.rmmodCleanly("disk");
    assertThat(host.list("bus/block/devices")).containsExactlyInAnyOrderElementsOf(before);
    assertThat(host.list("bus/block/drivers")).isEmpty();
  }

  @Test
  void size_loopDeviceGetsAndLosesItsFile_isThatOfTheFile() throws Exception {
    host.insmod(Map.of());
    String name;
    try (var loop = new Loop(directory.resolve("backing"), 3 * MIB)) {
      settle();
      name = loop.name();
      assertThat(host.read(disk(name) + "size")).isEqualTo("3145728");
    }
    await().atMost(LONG).until(() -> host.read(disk(name) + "size").equals("0"));
    host.rmmodCleanly("disk");
  }

  @Test
  void readAhead_written_isTheKernels() throws Exception {
    try (var loop = new Loop(directory.resolve("backing"), MIB)) {
      settle();
      host.insmod(Map.of());
      Path kernel = Path.of("/sys/block", loop.name(), "queue/read_ahead_kb");
      String readAhead = disk(loop.name()) + "read_ahead_kib";
      String before = Files.readString(kernel).strip();
      assertThat(host.read(readAhead)).isEqualTo(before);
      host.write(readAhead, "256");
      assertThat(Files.readString(kernel)).isEqualTo("256\n");
      assertThat(host.read(readAhead)).isEqualTo("256");
      refusal(Errno.EINVAL, () -> host.write(readAhead, "much"));
      refusal(Errno.ERANGE, () -> host.write(readAhead, "-1"));
      host.write(readAhead, before);
      host.rmmodCleanly("disk");
    }
  }

  @Test
  void device_comesWhileItIsLoaded_hasRatesOfWhatIsWrittenToIt() throws Exception {
    host.insmod(Map.of());
    String name;
    try (var zram = new Zram()) {
      name = zram.name();
      zram.size(8 * MIB);
      settle();
      assertThat(host.read(disk(name) + "size")).isEqualTo("8388608");
      zram.write(4 << 20);
      String written = disk(name) + "written_bytes_per_s";
      await().atMost(LONG).until(() -> Long.parseLong(host.read(written)) > 0);
      await().atMost(LONG).until(() -> host.read(written).equals("0"));
    }
    settle();
    assertThat(host.list("root/virtual/block")).doesNotContain(name);
    host.rmmodCleanly("disk");
  }

  @Test
  void partition_hasSizeAndRates_andTheReadAheadOfItsDisk() throws Exception {
    host.insmod(Map.of());
    try (var loop = new Loop(directory.resolve("backing"), 4 * MIB)) {
      Loop.run("addpart", "/dev/" + loop.name(), "1", "2048", "4096");
      settle();
      String partition = VIRTUAL + loop.name() + "/" + loop.name() + "p1";
      assertThat(host.list(partition + "/disk"))
          .containsExactlyInAnyOrder("size", "read_bytes_per_s", "written_bytes_per_s");
      assertThat(host.read(partition + "/disk/size")).isEqualTo("2097152");
      Loop.run("delpart", "/dev/" + loop.name(), "1");
    }
    settle();
    host.rmmodCleanly("disk");
  }

  @Test
  void rmmod_whileDevicesComeAndGo_leavesNothing() throws Exception {
    var churn = Thread.ofPlatform().start(this::churn);
    try {
      for (int i = 0; i < 5; i++) {
        host.insmod(Map.of());
        host.rmmodCleanly("disk");
      }
    } finally {
      churn.interrupt();
      churn.join();
    }
  }

  private void churn() {
    while (!Thread.currentThread().isInterrupted()) {
      try (var zram = new Zram()) {
        zram.size(MIB);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void insmod_thereAreNoBlockDevices_isEnodev() throws Exception {
    stop();
    var empty = new DriverHost();
    assertThat(refusal(Errno.ENODEV, () -> empty.insmod(Map.of()))).contains("no block device");
    empty.modules().close();
  }
}
