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
import org.driverfs.model.Model;

/// Lets the devices of one version of a module go to the next, one after another, and gives it the
/// place of the old one when it has all. If one of them cannot go, all go back.
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

  /// @param next is loaded beside the old one
  /// @param deadline how long to wait for those inside one device
  Upgrade(Model model, Loaded old, Loaded next, Duration deadline) {
    this.model = model;
    this.old = old;
    this.next = next;
    this.deadline = deadline;
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
        model.handOver(device, to, deadline);
        moved.push(new Moved(device, from));
      }
      if (devices.isEmpty()) {
        return;
      }
    }
  }

  /// The last that has gone comes back first; one that cannot keeps no other from coming.
  private void rollBack() {
    for (Moved each : moved) {
      try {
        if (each.device().isRegistered()) {
          model.handOver(each.device(), each.from(), deadline);
        }
      } catch (DriverfsException e) {
        LOG.log(Level.ERROR, each.device() + " cannot go back: " + e.getMessage());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
