package org.driverfs.drivers.disk;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A driver for the kernel's block devices, which adds to each a group `disk`.
public final class DiskModule implements DriverModule {
  private static final long SECTOR_BYTES = 512;
  private static final int SECTORS_READ = 2;
  private static final int SECTORS_WRITTEN = 6;
  private static final int MOST_READ_AHEAD_KIB = 1 << 20;

  @Override
  public void init(ModuleContext module) {
    var bus =
        module
            .findBus("block")
            .orElseThrow(
                () -> new DriverfsException(Errno.ENODEV, "bus block", "there is no block device"));
    module.register(
        Driver.builder("disk", bus, DiskModule::probe).owner(module.module()).ids("block").build());
  }

  private static void probe(Device device, Context context) throws Exception {
    var size = KernelAttribute.of(device, "size");
    List<Attribute<Device>> all = new ArrayList<>();
    all.add(
        Attribute.longInteger("size", 0, Long.MAX_VALUE)
            .unit("bytes")
            .readOnly(_ -> SECTOR_BYTES * Long.parseLong(size.read())));
    all.add(rate(device, "read_bytes_per_s", SECTORS_READ));
    all.add(rate(device, "written_bytes_per_s", SECTORS_WRITTEN));
    if (device.type().attributes().find(device, "queue") != null) { // not of a partition
      var kernel = KernelAttribute.of(device, "queue/read_ahead_kb");
      all.add(
          Attribute.integer("read_ahead_kib", 0, MOST_READ_AHEAD_KIB)
              .unit("KiB")
              .readWrite(_ -> Integer.valueOf(kernel.read()), (_, it) -> kernel.write("" + it)));
    }
    context.add(new Attribute.Group<>("disk", AttributeSet.of(all)));
  }

  private static Attribute<Device> rate(Device device, String name, int field) throws Exception {
    var stat = KernelAttribute.of(device, "stat");
    var rate = new Rate(bytes(stat, field));
    return Attribute.longInteger(name, 0, Long.MAX_VALUE)
        .unit("bytes/s")
        .description("since the last look")
        .readOnly(_ -> rate.look(bytes(stat, field)));
  }

  private static long bytes(KernelAttribute stat, int field) throws Exception {
    return SECTOR_BYTES * Long.parseLong(stat.read().split(" +", -1)[field]);
  }
}
