package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.model.Binding.Cause;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// How a device that nobody uses gets its next driver, or the last one again if that fails.
/// Whatever fails, also for want of memory, the old binding ends, and a driver has the device or
/// none.
final class Exchange {
  private final Model model;
  private final Registry registry;
  private final Binder binder;
  private final Searches searches;
  private final Device device;
  private final Binding old;
  private final Driver to;

  /// Made before the first that cannot be taken back. Each throws before it has changed anything,
  /// or not at all.
  private final Insistence.Step[] steps = {
    this::remove, this::release, this::probe, this::probeAgain, this::settle
  };

  private final Insistence.Step[] end;

  private final Insistence.Step[] loss = {
    this::disappear, this::letGo, this::fallAsleep, this::unbindConsumers
  };

  @SuppressWarnings("UnnecessaryLambda") // made before there may be no memory for it
  private final Insistence.Step free = this::becomeFree;

  private Map<String, String> saved = Map.of();
  private List<Binding> suppliers = List.of();
  private int suppliersLeft;
  private @Nullable Binding next;
  private @Nullable Throwable failure;
  private boolean isWhole;

  /// @param old is PASSING, and nobody is in its driver for its device
  Exchange(Registry registry, Binder binder, Searches searches, Binding old, Driver to) {
    this.model = binder.model();
    this.registry = registry;
    this.binder = binder;
    this.searches = searches;
    this.device = old.device();
    this.old = old;
    this.to = to;
    Driver from = old.driver();
    this.end =
        new Insistence.Step[] {
          this::takeSuppliers,
          this::pass,
          device::put,
          from::put,
          this::letSuppliersGo,
          old::tellEnded
        };
  }

  /// @param state what the old driver knows of the device
  void save(Map<String, String> state) {
    saved = state;
  }

  /// @throws DriverfsException why the next driver has not got the device
  void run() {
    Insistence.take(steps);
    if (failure != null) {
      throw failed(failure);
    }
  }

  private DriverfsException failed(Throwable thrown) {
    return thrown instanceof DriverfsException known
        ? known
        : new DriverfsException(
            Errno.EIO, device.path(), "its way to another driver failed: " + thrown, thrown);
  }

  private void remove() {
    binder.callRemove(old);
  }

  private void release() {
    release(old);
  }

  private static void release(Binding binding) {
    var end = new CountDownLatch(1);
    binding.context().release(end::countDown);
    Uninterruptibly.pause(end::await);
  }

  private void probe() {
    try {
      next = probed(to);
    } catch (Throwable t) { // of the driver, or no memory
      failure = t;
    }
  }

  private void probeAgain() {
    if (next == null) {
      try {
        next = probed(old.driver());
      } catch (Throwable t) { // likewise
        tellLost(t);
      }
    }
  }

  /// @return the binding, with a device that is probed
  private Binding probed(Driver driver) {
    Candidate chosen = old.chosen() == null ? null : searches.candidate(device, driver);
    var binding = new Binding(device, driver, chosen, binder, saved);
    Insistence.Step release = () -> release(binding);
    if (!driver.get()) {
      throw Registry.notRegistered(driver);
    }
    boolean isProbed = false;
    try {
      if (!device.get()) {
        throw Registry.notRegistered(device);
      }
      try {
        Awaited awaited = binder.probe(binding);
        if (awaited != null) {
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), driver + " waits for " + awaited + " instead");
        }
        isProbed = true;
      } finally {
        if (!isProbed) {
          Insistence.take(release);
          device.put();
        }
      }
    } finally {
      if (!isProbed) {
        driver.put();
      }
    }
    return binding;
  }

  private void tellLost(Throwable thrown) {
    try {
      DriverfsException again = failed(thrown);
      if (again.errno() != Errno.EAGAIN) { // it is not asked again unless it waits for something
        device.search().refused(old.driver().order(), "refused: " + again.getMessage());
      }
      String first = failure == null ? "" : failed(failure).getMessage();
      Gate.tell(
          device.isRegistered() ? Level.WARNING : Level.DEBUG,
          "%s has lost %s: the next version refused it (%s), and so did this one after that (%s)"
              .formatted(old.driver(), device, first, again.getMessage()),
          null);
    } catch (Throwable _) {
      // no memory for that
    }
  }

  private void settle() {
    Binding has = next;
    if (has == null) {
      Insistence.take(loss);
      Insistence.take(end);
      Insistence.take(free);
      return;
    }
    Insistence.Step after = () -> goOn(has);
    try {
      takePlace(has);
      isWhole = true;
    } catch (Throwable t) { // it is unbound afterwards
      failure = failure == null ? t : failure;
    }
    Insistence.take(end);
    Insistence.take(after);
  }

  /// Somebody has the device again: the next driver, or the old one once more.
  private void takePlace(Binding has) {
    has.driver().bindings.add(has);
    has.takeSuppliersOf(old);
    model.activities().tryBound(device, has.driver());
    device.beginChange();
    try {
      if (!has.probed()) {
        has.stay(); // its driver goes already, and has found it: it is unbound afterwards
      }
      model.offers().has(has);
      binder.replace(old, has);
      holdSuppliers(has);
      device.consumers().forEach(consumer -> exchange(consumer, old, has));
      if (has.driver() != old.driver() && device.isRegistered()) {
        tell(old.driver(), has.driver());
      }
    } finally {
      device.endChange();
    }
  }

  /// Whoever has linked the device to something has seen the old binding, or sees this one.
  private static void holdSuppliers(Binding has) {
    for (Device supplier : has.device().suppliers()) {
      Binding needed = supplier.binding;
      while (!has.hold(supplier) && needed != null && needed.isPassing()) {
        needed.awaitPassage(); // not longer than a client would
        needed = needed.latest();
      }
    }
  }

  /// A consumer that passes at the same time has the suppliers of its old binding, or those that
  /// this sees.
  private static void exchange(Device consumer, Binding old, Binding next) {
    Binding needs;
    do {
      needs = consumer.binding;
      if (needs != null) {
        needs.exchange(old, next);
      }
    } while (consumer.binding != needs);
  }

  private void tell(Driver from, Driver now) {
    registry.observers().tell(observer -> observer.passed(device, from, now));
    registry.publish(
        device, Action.CHANGE, Map.of("DRIVER", now.name(), "DRIVER_OLD", from.name()));
  }

  private void takeSuppliers() {
    suppliers = old.end();
    suppliersLeft = suppliers.size();
  }

  private void pass() {
    old.passed(next);
  }

  private void letSuppliersGo() {
    while (suppliersLeft > 0) {
      suppliers.get(--suppliersLeft).putForConsumer();
    }
  }

  /// One that could not get all that its device needs ends, too, and one whose driver or device has
  /// gone meanwhile.
  private void goOn(Binding has) {
    if (isWhole && has.driver().isRegistered() && device.isRegistered()) {
      model.offers().bound(device);
    } else {
      standIn(has);
      binder.unbind(has, Cause.FOR_OTHERS);
    }
  }

  /// What has been probed can only be unbound as what the device has.
  private void standIn(Binding has) {
    if (device.binding == old) {
      if (!has.probed()) {
        has.stay();
      }
      binder.replace(old, has);
    }
  }

  /// Nobody has the device any more, because neither version wants it. Others may, and nobody can
  /// need it.
  private void disappear() {
    device.beginChange();
    try {
      registry.unbound(old);
    } finally {
      device.endChange();
    }
  }

  private void letGo() {
    binder.release(old);
  }

  private void fallAsleep() {
    model.activities().unbound(device);
  }

  private void unbindConsumers() {
    binder.unbind(Binder.holding(old), Cause.FOR_OTHERS);
  }

  private void becomeFree() {
    model.offers().free(device, old);
    searches.request(device);
  }
}
