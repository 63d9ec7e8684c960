package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Binding.Cause;
import org.jspecify.annotations.Nullable;

/// Lets devices go from one driver to another, which is its next version.
///
/// While a device passes its binding is PASSING: it counts as bound, so that nobody finds it
/// without a driver, but nobody new gets in: who pins it looks at the stage after being counted,
/// and waits; the passage sets the stage and then looks who is counted. Who wants to unbind it
/// waits for the outcome, and unbinds that. The old driver's remove runs when nobody is in its code
/// for this device; then the new one's probe; see [Exchange].
final class Succession {
  private static final Operation SAVE = new Operation(Operation.Kind.SAVE);
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
      boolean isAlone = false;
      Binding needed;
      try {
        needed = passingSupplier(device);
        isAlone = needed == null;
      } finally {
        if (!isAlone) {
          stay(old);
        }
      }
      if (needed == null) {
        return old;
      }
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
    List<Passage> passages = List.of();
    boolean isDetached = false;
    boolean isAlone = false;
    try {
      passages = registry.observers().passing(device, old.driver());
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
    boolean isSaved = false;
    Exchange exchange;
    try {
      exchange = new Exchange(registry, binder, searches, old, to);
      exchange.save(save(old));
      isSaved = true;
    } finally {
      if (!isSaved) {
        stay(old);
      }
    }
    exchange.run();
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
}
