package org.driverfs.lab;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.export.Export;
import org.driverfs.fuse.FuseMount;
import org.driverfs.fuse.MountOptions;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.Tree;

/// Mounts what `mount-bench` measures, through the whole product: `root/device/value` and
/// `constant` are attributes that a driver with an owner gives a device, so that opening them
/// counts, pins and leases all there is.
public final class BenchTree {
  private static final int ENTRIES = 1000;

  private BenchTree() {}

  /// @param args where to mount
  public static void main(String[] args) throws Exception {
    var tree = new Tree();
    var model = new Model();
    Export.of(model, tree);
    var value = new AtomicReference<>("42");
    AttributeSet<Device> attributes =
        AttributeSet.of(
            List.of(
                Attribute.<Device>readWrite(
                    "value", _ -> value.get(), (_, text) -> value.set(text)),
                Attribute.<Device>constant("constant", _ -> "driverfs mount benchmark")));
    var bus = new Bus("bench");
    model.register(bus);
    var module = new Module("bench", "1");
    model.register(module);
    model.register(
        Driver.builder("bench", bus, _ -> {})
            .owner(module)
            .ids("bench")
            .deviceAttributes(attributes)
            .build());
    model.register(
        Device.builder("device")
            .bus(bus)
            .type(new DeviceType("bench", AttributeSet.none()))
            .build());
    var dir = tree.root().createDirectory("dir");
    for (int i = 0; i < ENTRIES; i++) {
      dir.createDirectory("entry%03d".formatted(i));
    }
    var mount = FuseMount.mount(tree, Path.of(args[0]), MountOptions.DEFAULT);
    Runtime.getRuntime().addShutdownHook(new Thread(mount::close));
    System.out.println("mounted");
    mount.awaitUnmounted();
  }
}
