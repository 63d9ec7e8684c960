package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;

/// The one way into the code of drivers: takes a lease on the driver's owner, knows who is inside,
/// counts and measures, and contains what is thrown.
///
/// Thread-safe and without a lock: who is inside stands in an array, in a place near the one that
/// the thread's number gives. When all places are taken, a call goes on unnamed.
public final class Gate {
  static final System.Logger LOG = System.getLogger("driverfs.model");

  private static final int PLACES = 1 << 10;
  private static final int STEP =
      32; // so that neighbours share no cache line, nor two fetched at once

  /// A callback that runs now.
  ///
  /// @param code whose callback
  /// @param object for which device, or the driver or module itself
  /// @param operation which callback
  /// @param thread who is inside
  /// @param since when it went in, of [System#nanoTime]
  public record Call(Code code, Kobject object, Operation operation, Thread thread, long since) {
    /// How long this has been inside.
    public Duration age() {
      return Duration.ofNanos(System.nanoTime() - since);
    }

    /// Whether that is in the code of a module.
    public boolean isOf(Module module) {
      return code.module() == module;
    }

    @Override
    public String toString() {
      return "%s of %s%s, thread %s, for %.1f s"
          .formatted(
              operation,
              code,
              code == object ? "" : " for " + object,
              thread.getName(),
              age().toNanos() / 1e9);
    }
  }

  /// A callback that gives a value.
  @FunctionalInterface
  public interface Callback<R extends @Nullable Object> {
    /// What the driver does.
    R call() throws Exception;
  }

  private final AtomicReferenceArray<@Nullable Call> inside =
      new AtomicReferenceArray<>(PLACES * STEP);

  Gate() {}

  /// Runs a callback of a driver or module.
  ///
  /// @param object which device, or the driver itself
  /// @param operation which one
  /// @throws DriverfsException ENODEV if the driver's owner is going; what the callback threw, or
  ///   EIO
  public <R extends @Nullable Object> R call(
      Code code, Kobject object, Operation operation, Callback<R> callback) {
    int stripe = code.enter();
    if (stripe == UseCount.REFUSED) {
      throw new DriverfsException(
          Errno.ENODEV,
          object.where(),
          code == code.module() ? "its module is going" : "the module of " + code + " is going");
    }
    try {
      return callPinned(code, object, operation, callback);
    } finally {
      code.leave(stripe);
    }
  }

  /// Runs a callback of a driver that is bound to the device, and whose remove for it has not
  /// ended. The owner cannot go meanwhile, nor refuse, so that a device can be removed while the
  /// owner waits for that.
  ///
  /// @param operation which one
  /// @throws DriverfsException what the callback threw, or EIO
  public <R extends @Nullable Object> R callBound(
      Driver driver, Device device, Operation operation, Callback<R> callback) {
    driver.pinUnder(device);
    try {
      return callPinned(driver, device, operation, callback);
    } finally {
      driver.unpin(device);
    }
  }

  /// Runs a callback of a driver or module that the caller has pinned for that object and unpins
  /// later. It is not refused, so that an open file can be used while the owner waits for its end.
  ///
  /// @param object which device, or the driver itself
  /// @param operation which one
  /// @throws DriverfsException what the callback threw, or EIO
  public <R extends @Nullable Object> R callPinned(
      Code code, Kobject object, Operation operation, Callback<R> callback) {
    var call = new Call(code, object, operation, Thread.currentThread(), System.nanoTime());
    int place = enter(call);
    boolean failed = true;
    try {
      R result = callback.call();
      failed = false;
      return result;
    } catch (Throwable t) {
      throw contain(call, t);
    } finally {
      code.counter(operation.kind()).count(System.nanoTime() - call.since(), failed);
      if (place >= 0) {
        inside.setRelease(place, null);
      }
    }
  }

  /// The callbacks that run now.
  public List<Call> inside() {
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < PLACES; i++) {
      Call call = inside.get(i * STEP);
      if (call != null) {
        calls.add(call);
      }
    }
    return calls;
  }

  /// The callbacks that run now and of which something is true, as a message names them.
  String inside(Predicate<Call> which) {
    return String.join("; ", inside().stream().filter(which).map(Call::toString).toList());
  }

  /// Whether the current thread is in a callback for that object.
  boolean isInside(Kobject object) {
    return inside().stream()
        .anyMatch(call -> call.thread() == Thread.currentThread() && call.object() == object);
  }

  /// Runs something that may have to wait for those who are in a callback for an object: in another
  /// thread, if this one is.
  void outside(Kobject object, Runnable action) {
    if (isInside(object) || (object instanceof Device device && Activities.isInside(device))) {
      Thread.ofVirtual().name("driverfs-remove").start(action);
    } else {
      action.run();
    }
  }

  /// Whether the current thread is in the code of a module.
  public boolean isInsideCodeOf(Module module) {
    return inside().stream()
        .anyMatch(call -> call.thread() == Thread.currentThread() && call.isOf(module));
  }

  /// Whether the current thread is in a callback.
  boolean isInside() {
    return inside().stream().anyMatch(call -> call.thread() == Thread.currentThread());
  }

  private int enter(Call call) {
    int home = (int) call.thread().threadId();
    for (int i = 0; i < PLACES; i++) {
      int place = ((home + i) & (PLACES - 1)) * STEP;
      if (inside.get(place) == null && inside.compareAndSet(place, null, call)) {
        return place;
      }
    }
    return -1;
  }

  private static DriverfsException contain(Call call, Throwable thrown) {
    if (thrown instanceof DriverfsException known) {
      return known;
    }
    String what = call.operation() + " of " + call.code();
    String where = call.object().where();
    if (thrown instanceof InterruptedException) {
      return new DriverfsException(Errno.EINTR, where, what + " was interrupted");
    }
    Throwable told = Thrown.printable(thrown);
    LOG.log(System.Logger.Level.WARNING, what + " failed for " + where, told);
    return new DriverfsException(
        Errno.EIO, where, what + " failed: " + told + "; see the log", told);
  }
}
