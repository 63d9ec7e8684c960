package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Gate;
import org.driverfs.model.Heir;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// Lets the devices of one version of a module go to the next, one after another, and gives its
/// drivers the names of the old ones when they have all. If one of them cannot go, all are given
/// back.
final class Upgrade {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  /// A device that is new among those of the old version is looked for this often.
  private static final int ROUNDS = 8;

  private record Moved(Device device, Driver from) {}

  private final Model model;
  private final Loaded old;
  private final Loaded next;
  private final String aside;
  private final Duration deadline;
  private final Deque<Moved> moved = new ArrayDeque<>();

  /// @param next is loaded beside the old one
  /// @param aside what the old one is called afterwards
  /// @param deadline how long to wait for those inside one device
  Upgrade(Model model, Loaded old, Loaded next, String aside, Duration deadline) {
    this.model = model;
    this.old = old;
    this.next = next;
    this.aside = aside;
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

  /// How long one step may take.
  Duration patience() {
    return deadline.plus(Started.MOMENT);
  }

  /// What it waits for, in words.
  private String obstacles(@Nullable Device device) {
    String inside = model.gate().inside(call -> concerns(call, device));
    return (device == null ? "its drivers" : device + " is on its way")
        + (inside.isEmpty() ? "" : ": " + inside);
  }

  private boolean concerns(Gate.Call call, @Nullable Device device) {
    return call.isOf(old.module())
        || call.isOf(next.module())
        || (device != null
            && call.object() instanceof Device below
            && below.path().startsWith(device.path() + "/"));
  }

  /// @param progress hears of each step
  /// @throws DriverfsException what keeps one of them from going; then those that had gone were
  ///   given back, with their names, and the log names any that the old version refused
  void run(Started<Receipt> progress) throws InterruptedException {
    boolean isDone = false;
    try {
      List<Driver> drivers = model.drivers(old.module());
      List<Heir> heirs = new ArrayList<>();
      for (Driver from : drivers) {
        heirs.add(new Heir(successor(from), from, from.name() + "@" + old.module().version()));
      }
      for (Heir heir : heirs) {
        moveAll(heir, progress);
      }
      step(progress, null);
      model.takePlace(heirs, next.module(), old.module(), aside, deadline);
      isDone = true;
    } finally {
      if (!isDone) {
        rollBack(progress);
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

  private void moveAll(Heir heir, Started<Receipt> progress) throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      List<Device> devices = heir.from().devices();
      for (Device device : devices) {
        step(progress, device);
        if (isMoved(device, heir.to())) {
          moved.push(new Moved(device, heir.from()));
        }
      }
      if (devices.isEmpty()) {
        return;
      }
    }
  }

  /// A device that goes at this moment, or has just been taken from the driver, needs nobody's
  /// help.
  private boolean isMoved(Device device, Driver to) throws InterruptedException {
    try {
      model.handOver(device, to, deadline);
      return true;
    } catch (DriverfsException e) {
      if (device.isRegistered() && device.driver().flatMap(Driver::owner).isPresent()) {
        throw e;
      }
      return false;
    }
  }

  private void step(Started<Receipt> progress, @Nullable Device device) {
    progress.step(patience(), () -> obstacles(device));
  }

  /// The last that has gone comes back first; one that cannot keeps no other from coming.
  private void rollBack(Started<Receipt> progress) {
    for (Moved each : moved) {
      try {
        if (each.device().isRegistered()) {
          step(progress, each.device());
          model.handOver(each.device(), each.from(), deadline);
        }
      } catch (DriverfsException e) {
        LOG.log(Level.WARNING, each.device() + " cannot go back: " + e.getMessage());
      } catch (InterruptedException _) {
        LOG.log(Level.ERROR, each.device() + " cannot go back: somebody interrupted it");
      } catch (Throwable t) {
        LOG.log(Level.ERROR, each.device() + " cannot go back", t);
      }
    }
  }
}
