package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;
import org.driverfs.model.Binding.Cause;
import org.jspecify.annotations.Nullable;

/// Brings one device and one driver together, and apart (`dd.c` of the kernel).
///
/// A device has at most one [Binding]. It is set by compare-and-set before the probe and cleared
/// after the remove, so that the probe and remove of one device exclude each other without a lock.
/// A binding holds references to its device and driver, and so to the driver's module; and to the
/// bindings of the suppliers, so that those are removed after it.
///
/// Who goes is not registered any more before it looks for bindings, and who binds looks after its
/// compare-and-set whether both are registered: one of the two sees the other. The same holds for a
/// supplier that is leaving and a consumer that is bound.
final class Binder {
  private static final Operation PROBE = new Operation(Operation.Kind.PROBE);
  private static final Operation REMOVE = new Operation(Operation.Kind.REMOVE);
  private static final VarHandle BINDING;

  /// What the ends of bindings have left to do in a thread; null while it ends none.
  private static final ThreadLocal<@Nullable Deque<Runnable>> ENDING = new ThreadLocal<>();

  static {
    try {
      BINDING = MethodHandles.lookup().findVarHandle(Device.class, "binding", Binding.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// What came of a probe that was not refused.
  sealed interface Outcome {}

  /// The device has the driver.
  record Bound() implements Outcome {}

  /// The device has another binding.
  record Taken() implements Outcome {}

  /// A supplier has no driver, or is losing it.
  record Unsupplied(Device supplier) implements Outcome {}

  /// The device was to be unbound before its probe had ended.
  ///
  /// @param byHand whether nobody else gets it by itself
  record Lost(boolean byHand) implements Outcome {}

  /// The driver waits for something.
  record Deferred(Awaited awaited) implements Outcome {}

  private final Model model;
  private final Registry registry;
  private final Gate gate = new Gate();

  Binder(Model model, Registry registry) {
    this.model = model;
    this.registry = registry;
  }

  Model model() {
    return model;
  }

  Gate gate() {
    return gate;
  }

  /// @param chosen what the driver offered; null if it was asked for by hand
  /// @throws DriverfsException ENODEV if one of the two is going; what the probe threw
  Outcome bind(Device device, Driver driver, @Nullable Candidate chosen) {
    var binding = new Binding(device, driver, chosen, this, saved(driver, device));
    Outcome prevented = claim(binding);
    if (prevented != null) {
      return prevented;
    }
    Awaited awaited;
    try {
      model.activities().beforeProbe(device);
      awaited = probe(binding);
    } catch (Throwable t) { // of the driver, or no memory
      release(binding, () -> {});
      throw t;
    }
    if (awaited != null) {
      release(binding, () -> {});
      return new Deferred(awaited);
    }
    model.activities().tryBound(device, driver);
    return tellBoundOrRetire(binding) ? new Bound() : new Lost(binding.cause() == Cause.BY_HAND);
  }

  private static Map<String, String> saved(Driver driver, Device device) {
    return driver
        .owner()
        .flatMap(Module::record)
        .map(record -> record.saved(driver, device))
        .orElse(Map.of());
  }

  private static void restored(Binding binding) {
    binding
        .driver()
        .owner()
        .flatMap(Module::record)
        .ifPresent(record -> record.restored(binding.driver(), binding.device()));
  }

  /// Lets one binding take the place of another: the device is never without one.
  void replace(Binding before, Binding after) {
    BINDING.setVolatile(after.device(), after);
    before.driver().bindings.remove(before);
  }

  /// Lets a device be without a driver.
  void release(Binding last) {
    BINDING.compareAndSet(last.device(), last, null);
    last.driver().bindings.remove(last);
  }

  /// @return what prevents the probe; null if nothing does
  private @Nullable Outcome claim(Binding binding) {
    Device device = binding.device();
    Driver driver = binding.driver();
    if (!device.get()) {
      throw Registry.notRegistered(device);
    }
    if (!driver.get()) {
      device.put();
      throw Registry.notRegistered(driver);
    }
    if (!BINDING.compareAndSet(device, null, binding)) {
      driver.put();
      device.put();
      return new Taken();
    }
    driver.bindings.add(binding);
    if (!device.isRegistered() || !driver.isRegistered()) {
      end(binding);
      throw Registry.notRegistered(device.isRegistered() ? driver : device);
    }
    for (Device supplier : device.suppliers()) {
      if (!binding.hold(supplier)) {
        end(binding);
        return new Unsupplied(supplier);
      }
    }
    return null;
  }

  @Nullable Awaited probe(Binding binding) {
    Driver driver = binding.driver();
    return gate.<@Nullable Awaited>call(
        driver,
        binding.device(),
        PROBE,
        () -> {
          try {
            driver.callbacks().probe(binding.device(), binding.context());
            binding.context().probed();
            return null;
          } catch (Deferral deferral) {
            return deferral.awaited();
          }
        });
  }

  private boolean tellBoundOrRetire(Binding binding) {
    boolean isBound = false;
    try {
      isBound = tellBound(binding);
    } finally {
      if (!isBound) {
        binding.retireNow();
      }
    }
    if (isBound) {
      model.offers().bound(binding.device());
    }
    return isBound;
  }

  /// @return false if somebody wants the device to be unbound already
  private boolean tellBound(Binding binding) {
    binding.device().beginChange();
    try {
      if (!binding.probed()) {
        return false;
      }
      model.offers().has(binding);
      registry.bound(binding);
      restored(binding);
      return true;
    } finally {
      binding.device().endChange();
    }
  }

  /// Takes the driver from a device, and before that from the devices that need it; returns before
  /// the driver's remove has run if somebody is still inside: it follows when they leave.
  void unbind(Binding binding, Cause cause) {
    unbind(List.of(binding), cause);
  }

  /// The same for several: nobody gets one of them who needs another.
  void unbind(Collection<Binding> bindings, Cause cause) {
    List<Binding> leaving = new ArrayList<>();
    bindings.forEach(binding -> addLeaving(leaving, binding, cause));
    for (Binding next : consumersFirst(leaving)) {
      boolean goesOn;
      next.device().beginChange();
      try {
        goesOn = next.beginToGo();
        if (goesOn) {
          registry.unbound(next);
        }
      } finally {
        next.device().endChange();
      }
      if (goesOn) {
        next.retireNow();
      }
    }
  }

  /// Begins the end of a binding, or of the one that has come after it. One whose device goes to
  /// another driver at this moment is left to whoever lets it pass.
  private static void addLeaving(Collection<Binding> into, Binding binding, Cause cause) {
    for (Binding now = binding.latest(); now != null; now = now.latest()) {
      if (now.beginToLeave(cause)) {
        into.add(now);
        return;
      }
      if (now.leaveAfterPassing(cause)) {
        return;
      }
    }
  }

  /// Lets nobody join those that need some bindings.
  ///
  /// @return them all, each before what it needs
  private static Set<Binding> consumersFirst(Collection<Binding> bindings) {
    Set<Binding> ordered = new LinkedHashSet<>();
    Set<Binding> seen = new HashSet<>();
    Deque<Binding> open = new ArrayDeque<>(bindings);
    while (!open.isEmpty()) {
      Binding next = open.peek();
      if (!seen.add(next)) {
        ordered.add(open.pop());
        continue;
      }
      List<Binding> needing = new ArrayList<>();
      for (Device consumer : next.device().consumers()) {
        Binding needs = consumer.binding;
        if (needs != null) {
          addLeaving(needing, needs, Cause.FOR_OTHERS);
        }
      }
      needing.stream().filter(it -> !seen.contains(it)).forEach(open::push);
    }
    return ordered;
  }

  /// @throws DriverfsException ENODEV if the device has no driver; EDEADLK from inside a callback
  ///   for the same device; EBUSY with those who are still inside at the deadline
  void unbindAndWait(Device device, Duration deadline) throws InterruptedException {
    requireOutside(device);
    Binding binding = device.binding;
    if (binding == null) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "has no driver");
    }
    device.requireNotChanging();
    unbind(binding, Cause.BY_HAND);
    if (!binding.awaitEnd(deadline)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is unbound as soon as those inside its driver leave: " + inside(device));
    }
  }

  /// @throws DriverfsException EDEADLK from inside a callback for the device
  void requireOutside(Device device) {
    if (gate.isInside(device)) {
      throw new DriverfsException(
          Errno.EDEADLK, device.path(), "its driver cannot ask for that from inside a callback");
    }
  }

  /// Who is inside drivers for a device, or for those that need it.
  private String inside(Device device) {
    return gate.inside(call -> call.object() instanceof Device it && Links.needs(it, device));
  }

  /// Nobody is in the driver for this device any more, but perhaps a thread of the driver's own, or
  /// one that wakes the device. The remove is left to a thread of the driver's owner, unless this
  /// is one. Without the memory for that, nothing has been counted.
  void remove(Binding binding) {
    Driver driver = binding.driver();
    Device device = binding.device();
    Runnable leave = model.searches()::leaveRemove;
    Insistence.Step[] steps = {
      () -> callRemove(binding), () -> driver.unpin(device), () -> release(binding, leave)
    };
    Runnable work = () -> Insistence.take(steps);
    boolean isInside = gate.isInside(device) || Activities.isInside(device);
    Insistence.Step ask =
        isInside
            ? () -> gate.workqueue().queue(driver, work)
            : () -> gate.workqueue().runOrQueue(driver, work);
    model.searches().enterRemove();
    driver.pinUnder(device); // the module is in use until the remove is over
    Insistence.take(ask);
  }

  /// Waits until what was just unbound has ended, as far as it does so in time and waits neither
  /// for somebody inside nor for this thread: whoever unregisters finds things tidy if drivers are.
  void awaitTidy(Collection<Binding> bindings, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    for (Binding binding : bindings) {
      Device device = binding.device();
      if (!gate.isInside(device) && !Activities.isInside(device) && endsByItself(binding)) {
        binding.awaitTidy(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      }
    }
  }

  /// Whether only removes are waited for: its own, or those of others that need the device.
  private static boolean endsByItself(Binding binding) {
    Set<Binding> seen = new HashSet<>();
    Deque<Binding> open = new ArrayDeque<>(List.of(binding)); // however many need each other
    for (Binding next = open.poll(); next != null; next = open.poll()) {
      if (seen.add(next) && !next.isRemoving()) {
        if (!next.isRetired() || !next.isLeftToConsumers()) {
          return false;
        }
        open.addAll(holding(next)); // or they have ended, and let it go just now
      }
    }
    return true;
  }

  /// The bindings of those that need a device, as far as they hold its own.
  static List<Binding> holding(Binding supplier) {
    List<Binding> all = new ArrayList<>();
    for (Device consumer : supplier.device().consumers()) {
      Binding needs = consumer.binding;
      if (needs != null && needs.holds(supplier)) {
        all.add(needs);
      }
    }
    return all;
  }

  /// Releases what was acquired for a binding and ends it; that may be after this returns.
  private void release(Binding binding, Runnable then) {
    Insistence.Step[] steps = {
      () -> model.activities().unbound(binding.device()), () -> end(binding), then::run
    };
    binding.context().release(() -> Insistence.take(steps));
  }

  /// Lets the driver give its device up; what it throws is told.
  void callRemove(Binding binding) {
    Driver driver = binding.driver();
    Deque<Runnable> outer = ENDING.get();
    ENDING.set(null); // what ends in the callbacks ends there
    try {
      model.activities().beforeRemove(binding.device());
      gate.callBound(
          driver,
          binding.device(),
          REMOVE,
          () -> {
            driver.callbacks().remove(binding.device());
            return true;
          });
    } catch (Throwable t) { // of the driver, or no memory
      Gate.tellFailed("remove", driver, t);
    } finally {
      ENDING.set(outer);
    }
  }

  private void end(Binding binding) {
    Device device = binding.device();
    Driver driver = binding.driver();
    Insistence.take(
        () -> {
          if (binding.cause() == Cause.BY_HAND) {
            device.search().unboundByHand(driver.order());
          }
        },
        () -> BINDING.setVolatile(device, (Binding) null),
        () -> driver.bindings.remove(binding),
        device::put,
        driver::put,
        () -> model.offers().free(device, binding),
        () -> tellEnded(binding));
  }

  private static void tellEnded(Binding binding) {
    List<Runnable> rest = new ArrayList<>();
    binding.end().forEach(supplier -> rest.add(supplier::putForConsumer));
    rest.add(binding::tellEnded);
    runAll(rest);
  }

  /// Runs what an end has left to do, and after it what that leads to: the suppliers of a device
  /// may end with it, and theirs with them, however many need each other.
  private static void runAll(List<Runnable> rest) {
    Deque<Runnable> open = ENDING.get();
    if (open != null) {
      open.addAll(rest);
      return;
    }
    var mine = new ArrayDeque<>(rest);
    ENDING.set(mine);
    try {
      for (Runnable next = mine.poll(); next != null; next = mine.poll()) {
        runContained(next);
      }
    } finally {
      ENDING.set(null); // not removed: to set it again needs memory
    }
  }

  private static void runContained(Runnable next) {
    try {
      next.run();
    } catch (Throwable t) {
      Gate.tell(Level.ERROR, "the end of a binding failed; others go on", t);
    }
  }
}
