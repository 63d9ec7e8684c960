package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.model.Binding.Cause;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// Lets devices go from one driver to another, which is its next version.
///
/// While a device passes its binding is PASSING: it counts as bound, so that nobody finds it
/// without a driver, but nobody new gets in: who pins it looks at the stage after being counted,
/// and waits; the passage sets the stage and then looks who is counted. Who wants to unbind it
/// waits for the outcome, and unbinds that. The old driver's remove runs when nobody is in its code
/// for this device; then the new one's probe; if that fails, the old one is probed again.
final class Succession {
  private static final Operation SAVE = new Operation(Operation.Kind.SAVE);
  private static final Operation REMOVE = new Operation(Operation.Kind.REMOVE);
  private static final long LOOK_NANOS = 50_000;

  private final Model model;
  private final Registry registry;
  private final Binder binder;
  private final Searches searches;
  private final Gate gate;

  Succession(Model model, Registry registry, Binder binder, Searches searches) {
    this.model = model;
    this.registry = registry;
    this.binder = binder;
    this.searches = searches;
    this.gate = binder.gate();
  }

  /// @throws DriverfsException see [Model#handOver]
  void handOver(Device device, Driver to, Duration deadline) throws InterruptedException {
    binder.requireOutside(device);
    if (!to.isRegistered()) {
      throw Registry.notRegistered(to);
    }
    if (!searches.enter()) { // no other kind of change goes on while the system sleeps
      throw new DriverfsException(
          Errno.EBUSY, device.path(), "cannot go to another driver while the system sleeps");
    }
    try {
      Binding old = begin(device);
      try {
        pass(old, to, deadline);
      } finally {
        unbindIfWanted(old);
      }
    } finally {
      searches.leave();
    }
  }

  /// Somebody wanted the device to be unbound while it passed.
  private void unbindIfWanted(Binding old) {
    Cause wanted = old.takeWanted();
    Binding now = old.latest();
    if (wanted != null && now != null) {
      binder.unbind(now, wanted);
    }
  }

  /// Of a device and what it needs only one passes at a time. Each says that it passes and then
  /// looks at the other; if both see that, this one steps back.
  private Binding begin(Device device) {
    while (true) {
      Binding old = device.binding;
      if (old == null || !old.beginToPass()) {
        throw new DriverfsException(
            Errno.EBUSY, device.path(), "has no driver, or is getting or losing one");
      }
      Binding needed = passingSupplier(device);
      if (needed == null) {
        return old;
      }
      stay(old);
      unbindIfWanted(old);
      needed.awaitPassage();
    }
  }

  private static @Nullable Binding passingSupplier(Device device) {
    for (Device supplier : device.suppliers()) {
      Binding needed = supplier.binding;
      if (needed != null && needed.isPassing()) {
        return needed;
      }
    }
    return null;
  }

  private void pass(Binding old, Driver to, Duration deadline) throws InterruptedException {
    Device device = old.device();
    List<Passage> passages = registry.observers().passing(device, old.driver());
    boolean isDetached = false;
    boolean isAlone = false;
    try {
      long end = System.nanoTime() + deadline.toNanos();
      if (Passages.await(passages, end)) {
        passages.forEach(Passage::detach);
        isDetached = true;
        isAlone = await(() -> old.references() == holds(old), end);
      }
    } finally {
      if (!isAlone) {
        stay(old);
        Passages.goOn(passages, isDetached, device);
      }
    }
    if (!isAlone) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is still in use: " + gate.inside(call -> call.object() == device));
    }
    try {
      exchange(old, to);
    } finally {
      Passages.goOn(passages, true, device);
    }
  }

  /// Nobody who leaves pays for telling: so this looks again.
  private static boolean await(BooleanSupplier condition, long end) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return true;
  }

  /// All is as before: those that have looked at the device meanwhile look again.
  private void stay(Binding old) {
    old.stay();
    model.offers().bound(old.device());
  }

  /// How many bindings of consumers hold one. Those that are being probed or pass are waited for,
  /// since a probe may rely on what its device needs.
  private static long holds(Binding supplier) {
    return Binder.holding(supplier).stream().filter(Binding::isAtRest).count();
  }

  /// Nobody is in the old driver for this device.
  private void exchange(Binding old, Driver to) {
    Map<String, String> saved = saveOrStay(old);
    remove(old);
    DriverfsException failure = null;
    Binding next = null;
    try {
      next = probe(old, to, saved);
    } catch (Throwable t) { // of the driver, or no memory: somebody must have the device
      failure = failure(old, t);
      next = probeAgain(old, saved, failure);
    }
    if (next == null) {
      lose(old);
    } else {
      settle(old, next);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static DriverfsException failure(Binding old, Throwable thrown) {
    return thrown instanceof DriverfsException known
        ? known
        : new DriverfsException(
            Errno.EIO, old.device().path(), "its way to another driver failed: " + thrown, thrown);
  }

  private Map<String, String> saveOrStay(Binding old) {
    boolean isSaved = false;
    try {
      Map<String, String> saved = save(old);
      isSaved = true;
      return saved;
    } finally {
      if (!isSaved) {
        stay(old);
      }
    }
  }

  /// @return see [Model#save]
  List<String> save(Module module, Predicate<? super Device> isOwn) {
    List<String> failed = new ArrayList<>();
    ModuleRecord record = module.record().orElseThrow();
    for (Driver driver : model.drivers(module)) {
      for (Binding binding : List.copyOf(driver.bindings)) {
        try {
          Device device = binding.device();
          Map<String, String> state = binding.isAtRest() ? save(binding) : Map.of();
          record.save(driver, device, state, isOwn.test(device));
        } catch (DriverfsException e) {
          failed.add("state of " + binding.device() + ": " + e.sentence());
        }
      }
    }
    return failed;
  }

  private Map<String, String> save(Binding old) {
    Driver driver = old.driver();
    return gate.callBound(
        driver, old.device(), SAVE, () -> Map.copyOf(driver.callbacks().save(old.device())));
  }

  private void remove(Binding old) {
    Driver driver = old.driver();
    Device device = old.device();
    try {
      model.activities().beforeRemove(device);
      gate.callBound(
          driver,
          device,
          REMOVE,
          () -> {
            driver.callbacks().remove(device);
            return true;
          });
    } catch (Throwable t) {
      Gate.tell(Level.WARNING, "remove of " + driver + ": " + t.getMessage(), null);
    }
    release(old);
  }

  private static void release(Binding binding) {
    var end = new CountDownLatch(1);
    binding.context().release(end::countDown);
    Uninterruptibly.pause(end::await);
  }

  /// @return the binding, with a device that is probed
  private Binding probe(Binding old, Driver to, Map<String, String> saved) {
    Device device = old.device();
    Candidate chosen = old.chosen() == null ? null : searches.candidate(device, to);
    var next = new Binding(device, to, chosen, binder, saved);
    if (!to.get()) {
      throw Registry.notRegistered(to);
    }
    boolean isProbed = false;
    try {
      if (!device.get()) {
        throw Registry.notRegistered(device);
      }
      try {
        Awaited awaited = binder.probe(next);
        if (awaited != null) {
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), to + " waits for " + awaited + " instead");
        }
        isProbed = true;
      } finally {
        if (!isProbed) {
          release(next);
          device.put();
        }
      }
    } finally {
      if (!isProbed) {
        to.put();
      }
    }
    return next;
  }

  private @Nullable Binding probeAgain(
      Binding old, Map<String, String> saved, DriverfsException reason) {
    try {
      return probe(old, old.driver(), saved);
    } catch (Throwable t) {
      DriverfsException again = failure(old, t);
      refuse(old, again);
      Gate.tell(
          old.device().isRegistered() ? Level.WARNING : Level.DEBUG,
          "%s has lost %s: the next version refused it (%s), and so did this one after that (%s)"
              .formatted(old.driver(), old.device(), reason.getMessage(), again.getMessage()),
          null);
      return null;
    }
  }

  /// It is not asked again by itself, unless it waits for something.
  private static void refuse(Binding old, DriverfsException reason) {
    if (reason.errno() != Errno.EAGAIN) {
      old.device().search().refused(old.driver().order(), "refused: " + reason.getMessage());
    }
  }

  /// Somebody has the device again: the next driver, or the old one once more. Whatever fails, the
  /// old binding ends; the next one, too, if it could not get all that its device needs.
  private void settle(Binding old, Binding next) {
    Device device = old.device();
    boolean isWhole = false;
    try {
      next.driver().bindings.add(next);
      next.takeSuppliersOf(old);
      model.activities().tryBound(device, next.driver());
      device.beginChange();
      try {
        takePlace(old, next);
      } finally {
        device.endChange();
      }
      isWhole = true;
    } finally {
      end(old, next);
      if (isWhole && next.driver().isRegistered() && device.isRegistered()) {
        model.offers().bound(device);
      } else {
        binder.unbind(next, Cause.FOR_OTHERS); // one of the two has gone meanwhile
      }
    }
  }

  private void takePlace(Binding old, Binding next) {
    Device device = old.device();
    if (!next.probed()) {
      next.stay(); // its driver goes already, and has found it: it is unbound afterwards
    }
    model.offers().has(next);
    binder.replace(old, next);
    holdSuppliers(next);
    device.consumers().forEach(consumer -> exchange(consumer, old, next));
    if (next.driver() != old.driver() && device.isRegistered()) {
      tell(device, old.driver(), next.driver());
    }
  }

  /// Whoever has linked the device to something has seen the old binding, or sees this one.
  private static void holdSuppliers(Binding next) {
    for (Device supplier : next.device().suppliers()) {
      Binding needed = supplier.binding;
      while (!next.hold(supplier) && needed != null && needed.isPassing()) {
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

  private void tell(Device device, Driver from, Driver to) {
    registry.observers().tell(observer -> observer.passed(device, from, to));
    registry.publish(device, Action.CHANGE, Map.of("DRIVER", to.name(), "DRIVER_OLD", from.name()));
  }

  private static void end(Binding old, @Nullable Binding next) {
    List<Binding> suppliers = new ArrayList<>(old.end());
    old.passed(next);
    old.device().put();
    old.driver().put();
    suppliers.forEach(Binding::putForConsumer);
    old.tellEnded();
  }

  /// Nobody has the device any more, because neither version wants it. Others may, and nobody can
  /// need it.
  private void lose(Binding old) {
    Device device = old.device();
    device.beginChange();
    try {
      registry.unbound(old);
      binder.release(old);
    } finally {
      device.endChange();
    }
    model.activities().unbound(device);
    binder.unbind(Binder.holding(old), Cause.FOR_OTHERS);
    end(old, null);
    model.offers().free(device, old);
    searches.request(device);
  }
}
