package org.driverfs.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.driverfs.export.Export;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Model;
import org.driverfs.tree.Tree;

/// What a million devices of ten attributes on one bus cost: heap, registration, and finding an
/// attribute of one by its path. Prints the figures and says whether the targets are met.
public final class MillionDevices {
  private static final int DEVICES = 1_000_000;
  private static final int ATTRIBUTES = 10;
  private static final int LOOKUPS = 2_000_000;
  private static final int ROUNDS = 5;
  private static final double MOST_BYTES = 400;
  private static final double LEAST_REGISTRATIONS = 200_000;
  private static final double MOST_NANOSECONDS = 1_000;

  private final Model model = new Model();
  private final Tree tree = new Tree();
  private final Bus bus = new Bus("bench");
  private final List<Device> devices = new ArrayList<>(DEVICES);
  private final DeviceType type;

  private MillionDevices() {
    Export.of(model, tree);
    model.register(bus);
    List<Attribute<Device>> attributes = new ArrayList<>();
    for (int i = 0; i < ATTRIBUTES; i++) {
      String value = Integer.toString(i);
      attributes.add(Attribute.<Device>readOnly("attribute" + i, _ -> value));
    }
    type = new DeviceType("bench", AttributeSet.of(attributes));
  }

  /// @param args none
  public static void main(String[] args) {
    var heap = new double[ROUNDS];
    var registrations = new double[ROUNDS];
    var lookups = new double[ROUNDS];
    var linked = new double[ROUNDS];
    var removals = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      var run = new MillionDevices();
      long before = usedHeap();
      registrations[round] = run.register();
      heap[round] = (double) (usedHeap() - before) / DEVICES;
      lookups[round] = run.lookUp("root/device", "");
      linked[round] = run.lookUp("bus/bench/devices/device", "/attribute7");
      removals[round] = run.unregister();
    }
    boolean small = report("heap per device, bytes", median(heap), MOST_BYTES, false);
    boolean quick =
        report("registrations per second", median(registrations), LEAST_REGISTRATIONS, true);
    boolean found = report("look-up by path, ns", median(lookups), MOST_NANOSECONDS, false);
    System.out.printf("%-28s %,12.0f%n", "attribute by a link, ns", median(linked));
    System.out.printf("%-28s %,12.0f%n", "unregistrations per second", median(removals));
    System.exit(small && quick && found ? 0 : 1);
  }

  /// @return devices per second
  private double register() {
    long start = System.nanoTime();
    for (int i = 0; i < DEVICES; i++) {
      Device device = Device.builder("device" + i).bus(bus).type(type).build();
      model.register(device);
      devices.add(device);
    }
    return rate(start);
  }

  /// @return nanoseconds for each
  private double lookUp(String before, String after) {
    var random = ThreadLocalRandom.current();
    var paths = new String[1 << 16];
    for (int i = 0; i < paths.length; i++) {
      paths[i] = before + random.nextInt(DEVICES) + after;
    }
    long start = System.nanoTime();
    long sum = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      sum += tree.resolve(paths[i & (paths.length - 1)]).id();
    }
    double each = (double) (System.nanoTime() - start) / LOOKUPS;
    if (sum == 0) {
      throw new AssertionError("ids add up to nothing");
    }
    return each;
  }

  /// @return devices per second
  private double unregister() {
    long start = System.nanoTime();
    for (Device device : devices) {
      model.unregister(device);
    }
    return rate(start);
  }

  private static double rate(long start) {
    return DEVICES / ((System.nanoTime() - start) / 1e9);
  }

  private static long usedHeap() {
    System.gc();
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static boolean report(String what, double value, double target, boolean atLeast) {
    boolean met = atLeast ? value >= target : value <= target;
    System.out.printf(
        "%-28s %,12.0f   target: %s %,.0f   %s%n",
        what, value, atLeast ? ">=" : "<=", target, met ? "met" : "NOT MET");
    return met;
  }
}
