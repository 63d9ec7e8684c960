package org.driverfs.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
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
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;

/// Mounts what `mount-bench` measures, through the whole product: `root/device/value` and
/// `constant` are attributes that a driver with an owner gives a device, so that opening them
/// counts, pins and leases all there is.
public final class BenchTree {
  private static final int ENTRIES = 1000;

  /// Entries that somebody is asked for whenever they are listed, so that no client keeps them.
  private static final class Asked implements FileSet<Object> {
    private final FileSet<Object> files =
        FileSet.of(
            IntStream.range(0, ENTRIES)
                .<Entry<? super Object>>mapToObj(
                    i -> new Entry.Group<>("entry%03d".formatted(i), FileSet.none()))
                .toList());

    @Override
    public List<? extends Entry<? super Object>> list(Object object) {
      return files.list(object);
    }

    @Override
    public @Nullable Entry<? super Object> find(Object object, String name) {
      return files.find(object, name);
    }

    @Override
    public boolean isDynamic(Object object) {
      return true;
    }
  }

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
        Driver.builder("bench", bus, (_, _) -> {})
            .owner(module)
            .ids("bench")
            .deviceAttributes(attributes)
            .build());
    model.register(
        Device.builder("device")
            .bus(bus)
            .type(new DeviceType("bench", AttributeSet.none()))
            .build());
    model.settle(Duration.ofSeconds(10));
    var dir = tree.root().createDirectory("dir");
    for (int i = 0; i < ENTRIES; i++) {
      dir.createDirectory("entry%03d".formatted(i));
    }
    tree.root().createDirectory("asked", new DirectoryType<>(null, new Asked()), dir);
    var mount = FuseMount.mount(tree, Path.of(args[0]), MountOptions.DEFAULT);
    Runtime.getRuntime().addShutdownHook(new Thread(mount::close));
    System.out.println("mounted");
    mount.awaitUnmounted();
  }
}
