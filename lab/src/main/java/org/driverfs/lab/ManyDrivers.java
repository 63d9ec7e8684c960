package org.driverfs.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;

/// How long it takes to bind a device where there are many, and many drivers: once with the drivers
/// there first, once with the devices.
///
/// Each driver knows one id, and each id is that of a hundred devices, as many as there are for
/// each driver in the small world.
final class ManyDrivers {
  private static final int DEVICES_PER_DRIVER = 100;
  private static final int SMALL = 10;
  private static final int LARGE = 1_000;
  private static final int ROUNDS = 9;
  private static final double MOST = 2.0;
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Model model = new Model();
  private final Bus bus = new Bus("bench");
  private final List<Device> devices = new ArrayList<>();
  private final List<Driver> drivers = new ArrayList<>();

  private ManyDrivers(int size) {
    model.register(bus);
    for (int r = 0; r < size; r++) {
      var type = new DeviceType("type" + r, AttributeSet.none());
      drivers.add(Driver.builder("driver" + r, bus, (_, _) -> {}).ids(type.name()).build());
      for (int d = 0; d < DEVICES_PER_DRIVER; d++) {
        devices.add(Device.builder("device" + r + "." + d).bus(bus).type(type).build());
      }
    }
  }

  /// @param args none
  public static void main(String[] args) throws InterruptedException {
    boolean isMet = compare("drivers first", true);
    isMet &= compare("devices first", false);
    System.exit(isMet ? 0 : 1);
  }

  private static boolean compare(String name, boolean driversFirst) throws InterruptedException {
    var small = new double[ROUNDS];
    var large = new double[ROUNDS];
    for (int round = -2; round < ROUNDS; round++) { // two to warm up
      double few = smallOnes(driversFirst);
      double many = new ManyDrivers(LARGE).bind(driversFirst);
      if (round >= 0) {
        small[round] = few;
        large[round] = many;
      }
    }
    double ratio = median(large) / median(small);
    System.out.printf(
        "%s: a device of %,d with %,d drivers %,.0f ns, of %,d with %,d drivers %,.0f ns:"
            + " ratio %.2f   target: <= %.1f   %s%n",
        name,
        SMALL * DEVICES_PER_DRIVER,
        SMALL,
        median(small),
        LARGE * DEVICES_PER_DRIVER,
        LARGE,
        median(large),
        ratio,
        MOST,
        ratio <= MOST ? "met" : "NOT MET");
    return ratio <= MOST;
  }

  /// As many small worlds as the large one has devices, so that both take their share of
  /// collections.
  private static double smallOnes(boolean driversFirst) throws InterruptedException {
    double sum = 0;
    for (int i = 0; i < LARGE / SMALL; i++) {
      sum += new ManyDrivers(SMALL).bind(driversFirst);
    }
    return sum / (LARGE / SMALL);
  }

  /// @return nanoseconds for each device, from the first registration until all are bound
  private double bind(boolean driversFirst) throws InterruptedException {
    long start = System.nanoTime();
    if (driversFirst) {
      drivers.forEach(model::register);
      devices.forEach(model::register);
    } else {
      devices.forEach(model::register);
      drivers.forEach(model::register);
    }
    model.settle(LONG);
    double each = (double) (System.nanoTime() - start) / devices.size();
    for (Device device : devices) {
      if (device.driver().isEmpty()) {
        throw new AssertionError(device + " has no driver: " + model.matching().why(device));
      }
    }
    return each;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
