package org.driverfs.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What opening, reading and closing an attribute costs in process, beside calling its show: for an
/// attribute of the device, and for one of a driver whose module is counted.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseSerialGC")
@SuppressWarnings("NullAway.Init") // by the harness
public class OpenReadClose {
  private final Tree tree = new Tree();
  private final Model model = new Model();
  private final MemorySegment buffer = Arena.global().allocate(4096);
  private Device device;
  private File<?> own;
  private File<?> driven;
  private int value;

  /// For the harness.
  public OpenReadClose() {}

  /// Registers a device that is bound to a driver of a module.
  @Setup
  public void register() throws InterruptedException {
    Export.of(model, tree);
    var bus = new Bus("bench");
    model.register(bus);
    var module = new Module("bench", "1");
    model.register(module);
    model.register(
        Driver.builder("bench", bus, (_, _) -> {})
            .owner(module)
            .ids("bench")
            .deviceAttributes(
                AttributeSet.of(List.of(Attribute.<Device>readOnly("driven", this::show))))
            .build());
    var type =
        new DeviceType(
            "bench", AttributeSet.of(List.of(Attribute.<Device>readOnly("own", this::show))));
    device = Device.builder("device").bus(bus).type(type).build();
    model.register(device);
    model.settle(Duration.ofSeconds(10));
    own = (File<?>) tree.resolve("root/device/own");
    driven = (File<?>) tree.resolve("root/device/driven");
  }

  private String show(Device shown) {
    value++;
    return Integer.toString(value & 0xfff);
  }

  /// The show alone.
  @Benchmark
  public String showAlone() {
    return show(device);
  }

  /// An attribute of the device itself.
  @Benchmark
  public int attributeOfTheDevice() {
    return openReadClose(own);
  }

  /// An attribute of its driver, whose binding and module are pinned.
  @Benchmark
  public int attributeOfTheDriver() {
    return openReadClose(driven);
  }

  private int openReadClose(File<?> file) {
    OpenFile open = tree.openFiles().open(file, OpenMode.READ, Caller.SELF, this);
    int count = open.read(0, buffer, 0, 4096);
    tree.openFiles().close(open);
    return count;
  }
}
