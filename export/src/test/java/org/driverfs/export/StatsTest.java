package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.export.World.assertErrno;

import java.time.Duration;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `bus/<bus>/drivers/<driver>/stats/`.
@Timeout(30)
class StatsTest {
  private static final String STATS = "bus/scsi/drivers/sd/stats/";

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.track(new Bus("scsi"));
  private final Module module = world.track(new Module("sd", "1.0"));
  private final Device device =
      world.track(
          Device.builder("sda").bus(bus).type(new DeviceType("disk", AttributeSet.none())).build());
  private final Driver driver =
      world.track(
          Driver.builder("sd", bus, (_, _) -> {})
              .ids("disk")
              .owner(module)
              .attributes(
                  AttributeSet.of(List.of(Attribute.<Driver>readOnly("users", _ -> users(module)))))
              .deviceAttributes(
                  AttributeSet.of(
                      List.of(
                          Attribute.<Device>readWrite("cache", this::inside, StatsTest::refuse))))
              .build());

  @BeforeEach
  void registerAll() {
    model.register(bus);
    model.register(module);
    model.register(driver);
    model.register(device);
    world.settle();
  }

  private static String users(Module module) {
    return Long.toString(module.users());
  }

  private String inside(Device ignored) {
    return world.read(STATS + "inside").strip();
  }

  private static void refuse(Device ignored, String value) {
    throw new DriverfsException(Errno.EINVAL, "cache", value + " is no mode");
  }

  private long figure(String path) {
    return Long.parseLong(world.read(STATS + path).strip());
  }

  @Test
  void stats_ofADriver_countCallsErrorsAndTime() {
    assertThat(figure("probe/calls")).isEqualTo(1);
    assertThat(world.read("root/sda/cache")).isNotEmpty();
    assertThat(world.read("root/sda/cache")).isNotEmpty();
    assertErrno(Errno.EINVAL, () -> world.write("root/sda/cache", "off"));
    assertThat(figure("show/calls")).isEqualTo(2);
    assertThat(figure("show/errors")).isZero();
    assertThat(figure("show/longest_ns")).isPositive().isLessThan(figure("show/total_ns"));
    assertThat(figure("store/calls")).isEqualTo(1);
    assertThat(figure("store/errors")).isEqualTo(1);
    assertThat(figure("remove/calls")).isZero();
  }

  @Test
  void inside_duringAShow_namesOperationDeviceAndThread() {
    assertThat(world.read("root/sda/cache"))
        .contains("show cache of driver sd for device sda", Thread.currentThread().getName());
    assertThat(world.read(STATS + "inside")).isEqualTo("\n");
  }

  /// A file of the driver's own pins its module; what is counted of the driver is the model's.
  @Test
  void open_stats_pinsTheRecordAndNotTheModule() throws Exception {
    assertThat(world.read("bus/scsi/drivers/sd/users")).isEqualTo("1\n");
    OpenFile file = world.open(STATS + "show/calls", OpenMode.READ);
    assertThat(module.users()).isZero();
    assertThat(model.host().useCount(module).close(Duration.ZERO)).isTrue();
    assertThat(file.readAll()).isEqualTo("1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertErrno(Errno.ENODEV, () -> world.open("bus/scsi/drivers/sd/users", OpenMode.READ));
    assertThat(model.host().useCount(module).reopen()).isTrue();
    world.tree.openFiles().close(file);
  }

  @Test
  void createFile_ofADriver_isCountedAndPinsItsModule() {
    Attribute<Driver> own = Attribute.readOnly("own", _ -> users(module));
    world.export.createFile(driver, own);
    assertThat(world.read("bus/scsi/drivers/sd/own")).isNotEqualTo("0\n");
    assertThat(figure("show/calls")).isEqualTo(1);
    world.export.removeFile(driver, own);
  }

  @Test
  void unregister_driver_itsOpenStatsAreEnodev() {
    OpenFile file = world.open(STATS + "remove/calls", OpenMode.READ);
    model.unregister(driver);
    assertErrno(Errno.ENODEV, file::readAll);
    assertErrno(Errno.ENOENT, () -> figure("remove/calls"));
    world.tree.openFiles().close(file);
  }
}
