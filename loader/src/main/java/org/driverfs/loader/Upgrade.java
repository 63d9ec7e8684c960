package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Gate;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// Lets the devices of one version of a module go to the next, one after another, and gives its
/// drivers the names of the old ones when they have all. If one of them cannot go, all go back.
final class Upgrade {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  /// A device that is new among those of the old version is looked for this often.
  private static final int ROUNDS = 8;

  private record Moved(Device device, Driver from) {}

  private final Model model;
  private final Loaded old;
  private final Loaded next;
  private final Duration deadline;
  private final Deque<Moved> moved = new ArrayDeque<>();
  private volatile @Nullable Device onItsWay;
  private volatile long lastStep = System.nanoTime();

  /// @param next is loaded beside the old one
  /// @param deadline how long to wait for those inside one device
  Upgrade(Model model, Loaded old, Loaded next, Duration deadline) {
    this.model = model;
    this.old = old;
    this.next = next;
    this.deadline = deadline;
  }

  Loaded old() {
    return old;
  }

  Loaded next() {
    return next;
  }

  Duration deadline() {
    return deadline;
  }

  /// How long ago the last device has come or gone, in nanoseconds.
  long sinceLastStep() {
    return System.nanoTime() - lastStep;
  }

  /// What it waits for, in words.
  String obstacles() {
    Device device = onItsWay;
    List<String> inside =
        model.gate().inside().stream()
            .filter(call -> concerns(call, device))
            .map(Gate.Call::toString)
            .toList();
    return (device == null ? "its drivers" : device + " is on its way")
        + (inside.isEmpty() ? "" : ": " + String.join("; ", inside));
  }

  private boolean concerns(Gate.Call call, @Nullable Device device) {
    return call.isOf(old.module())
        || call.isOf(next.module())
        || (device != null
            && call.object() instanceof Device below
            && below.path().startsWith(device.path() + "/"));
  }

  /// @throws DriverfsException what keeps one of them from going; then all have come back
  void run() throws InterruptedException {
    boolean isDone = false;
    try {
      List<Driver> drivers = model.drivers(old.module());
      for (Driver from : drivers) {
        moveAll(from, successor(from));
      }
      for (Driver from : drivers) {
        String aside = from.name() + "@" + old.module().version();
        model.takePlace(successor(from), from, aside, deadline);
        step(null);
      }
      isDone = true;
    } finally {
      if (!isDone) {
        rollBack();
      }
    }
  }

  private Driver successor(Driver from) {
    String name = from.name() + "@" + next.module().version();
    return from.bus()
        .findDriver(name)
        .filter(it -> it.owner().orElse(null) == next.module())
        .orElseThrow(() ->
            new DriverfsException(
                Errno.EINVAL,
                next.manifest().identity(),
                "has no %s for %s, as the version before; unload that and load this"
                    .formatted(from, from.bus())));
  }

  private void moveAll(Driver from, Driver to) throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      List<Device> devices = from.devices();
      for (Device device : devices) {
        step(device);
        model.handOver(device, to, deadline);
        moved.push(new Moved(device, from));
      }
      if (devices.isEmpty()) {
        return;
      }
    }
  }

  private void step(@Nullable Device device) {
    onItsWay = device;
    lastStep = System.nanoTime();
  }

  /// The last that has gone comes back first; one that cannot keeps no other from coming.
  private void rollBack() throws InterruptedException {
    for (Moved each : moved) {
      try {
        if (each.device().isRegistered()) {
          step(each.device());
          model.handOver(each.device(), each.from(), deadline);
        }
      } catch (DriverfsException e) {
        LOG.log(Level.ERROR, each.device() + " cannot go back: " + e.getMessage());
      }
    }
  }
}
