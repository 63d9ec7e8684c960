package org.driverfs.export;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.tree.File;

/// A device with a few numbers from 0 to 1000000 that remembers each store, for tests of
/// transactions and snapshots: `a`, `b` and `more/c` can be set, `once` only one time, `out` only
/// written; `slow` waits for `leave` when it is read, and for ever when it is written.
final class Panel {
  final Map<String, Integer> numbers = new ConcurrentHashMap<>();
  final List<String> stores = Collections.synchronizedList(new ArrayList<>());
  final CountDownLatch entered = new CountDownLatch(1);
  final CountDownLatch leave = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);
  final Device device;
  private final World world;

  /// What a store of `a` does besides.
  volatile Runnable inStore = () -> {};

  /// What a show of `a` does besides.
  volatile Runnable inShow = () -> {};

  Panel(World world, String name) {
    this.world = world;
    AttributeSet<Device> more = AttributeSet.of(List.of(number("c")));
    List<Attribute<Device>> all =
        List.of(
            number("a"),
            number("b"),
            new Attribute.Group<>("more", more),
            Attribute.readWrite("once", _ -> get("once"), (_, value) -> storeOnce(value)),
            Attribute.writeOnly("out", (_, value) -> stores.add("out=" + value)),
            Attribute.readWrite("slow", _ -> await(leave, "1"), (_, _) -> await(never, "")));
    device =
        world.track(
            Device.builder(name).type(new DeviceType("panel", AttributeSet.of(all))).build());
    world.model.register(device);
  }

  File<?> file(String name) {
    return (File<?>) world.tree.resolve("root/" + device.path() + "/" + name);
  }

  int number(File<?> file) {
    return numbers.getOrDefault(file.name(), 0);
  }

  private Attribute<Device> number(String name) {
    return Attribute.integer(name, 0, 1_000_000)
        .readWrite(
            _ -> {
              inShow.run();
              return numbers.getOrDefault(name, 0);
            },
            (_, value) -> {
              stores.add(name + "=" + value);
              numbers.put(name, value);
              inStore.run();
            });
  }

  private String get(String name) {
    return numbers.getOrDefault(name, 0).toString();
  }

  private void storeOnce(String value) {
    if (numbers.putIfAbsent("once", Integer.parseInt(value)) != null) {
      throw new IllegalStateException("once and no more");
    }
  }

  private String await(CountDownLatch latch, String value) throws InterruptedException {
    entered.countDown();
    latch.await();
    return value;
  }
}
