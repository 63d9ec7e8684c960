package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;

/// The one way into the code of drivers: takes a lease on the driver's owner, knows who is inside,
/// counts and measures, contains what is thrown, and gives the thread back as it was.
///
/// Thread-safe and without a lock: who is inside stands in an array, in a place near the one that
/// the thread's number gives; where all of those are taken, in a set beside it.
public final class Gate {
  static final System.Logger LOG = System.getLogger("driverfs.model");

  private static final int PLACES = 1 << 10;
  private static final int LOOKS = 8;
  private static final int STEP =
      32; // so that neighbours share no cache line, nor two fetched at once

  /// How many callbacks can be inside each other in one thread, by way of the framework.
  private static final int MOST_DEPTH = 64;

  /// How many calls deep a thread must be able to go when it comes here from inside a callback: so
  /// that a callback which uses the stack up cannot keep us from leaving it.
  private static final int RESERVE = 256;

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

    boolean isHere() {
      return thread == Thread.currentThread();
    }

    /// Only itself: the same callback may run for the same object several times at once.
    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
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

  /// Those who found no place.
  private final Set<Call> others = ConcurrentHashMap.newKeySet();

  private final Workqueue workqueue = new Workqueue();

  Gate() {}

  /// The threads in which callbacks run that nobody waits for.
  Workqueue workqueue() {
    return workqueue;
  }

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
  /// ended; or of the owner of something that is released. The owner cannot go meanwhile, nor
  /// refuse, so that a device can be removed while the owner waits for that.
  ///
  /// @param operation which one
  /// @throws DriverfsException what the callback threw, or EIO
  public <R extends @Nullable Object> R callBound(
      Code code, Kobject object, Operation operation, Callback<R> callback) {
    code.pinUnder(object);
    try {
      return callPinned(code, object, operation, callback);
    } finally {
      code.unpin(object);
    }
  }

  /// Runs a callback of a driver or module that the caller has pinned for that object and unpins
  /// later. It is not refused, so that an open file can be used while the owner waits for its end.
  ///
  /// @param object which device, or the driver itself
  /// @param operation which one
  /// @throws DriverfsException what the callback threw, or EIO; ELOOP from inside too many others
  @SuppressWarnings("ReferenceEquality") // equals may be the code of a driver
  public <R extends @Nullable Object> R callPinned(
      Code code, Kobject object, Operation operation, Callback<R> callback) {
    CallCounter counter = code.counter(operation.kind());
    Thread thread = Thread.currentThread();
    boolean wasInterrupted = thread.isInterrupted();
    ClassLoader loader = thread.getContextClassLoader();
    String name = thread.getName();
    var call = new Call(code, object, operation, thread, System.nanoTime());
    int place = enter(call);
    boolean failed = true;
    try {
      ClassLoader own = code.contextClassLoader();
      if (own != null && own != loader) {
        thread.setContextClassLoader(own);
      }
      R result = callback.call();
      failed = false;
      return result;
    } catch (Throwable t) {
      throw contain(call, t);
    } finally {
      leave(call, place);
      giveBack(thread, wasInterrupted, loader, name);
      counter.count(System.nanoTime() - call.since(), failed);
    }
  }

  /// Closes something of a driver or module in a thread of that owner's, since it may take any
  /// time.
  ///
  /// @param then follows when it is closed
  public void close(
      Code code, Kobject object, Operation operation, Callback<?> callback, Runnable then) {
    workqueue.queue(
        code,
        () -> {
          try {
            callPinned(code, object, operation, callback);
          } catch (DriverfsException e) {
            tell(Level.INFO, operation + " of " + code + ": " + e.getMessage(), null);
          } finally {
            then.run();
          }
        });
  }

  /// Pins the owner of some code, for a pair of calls that is about one object.
  ///
  /// @param object the object; [#unpin] gets the same
  /// @return false if the owner is going; then nothing was counted
  public boolean pin(Code code, Kobject object) {
    return code.pin(object);
  }

  /// Ends one successful [#pin].
  public void unpin(Code code, Kobject object) {
    code.unpin(object);
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
    calls.addAll(others);
    return calls;
  }

  /// The callbacks that run now and of which something is true, as a message names them.
  public String inside(Predicate<Call> which) {
    return String.join("; ", inside().stream().filter(which).map(Call::toString).toList());
  }

  /// Whether the current thread is in a callback for that object.
  boolean isInside(Kobject object) {
    return isHere(call -> call.object() == object);
  }

  /// Whether the current thread is in the code of a module.
  public boolean isInsideCodeOf(Module module) {
    return isHere(call -> call.isOf(module));
  }

  /// Whether the current thread is in a callback.
  boolean isInside() {
    return isHere(_ -> true);
  }

  private boolean isHere(Predicate<Call> which) {
    return inside().stream().anyMatch(call -> call.isHere() && which.test(call));
  }

  /// @return the place; -1 for none
  private int enter(Call call) {
    if (call.operation().kind() == Operation.Kind.TASK) {
      others.add(call); // it stays for long, and would be in the way
      return -1;
    }
    int home = (int) call.thread().threadId();
    for (int i = 0; i < LOOKS; i++) {
      int place = ((home + i) & (PLACES - 1)) * STEP;
      Call there = inside.get(place);
      if (there != null && there.isHere()) {
        requireRoom(call);
      } else if (there == null && inside.compareAndSet(place, null, call)) {
        return place;
      }
    }
    requireRoom(call);
    others.add(call);
    return -1;
  }

  private void leave(Call call, int place) {
    if (place >= 0) {
      inside.setRelease(place, null);
    } else {
      others.remove(call);
    }
  }

  private void requireRoom(Call call) {
    long depth = inside().stream().filter(Call::isHere).count();
    if (depth >= MOST_DEPTH) {
      throw new DriverfsException(
          Errno.ELOOP, call.object().where(), "is reached from inside " + depth + " callbacks");
    }
    requireStack();
  }

  /// Throws a StackOverflowError now, while nothing has changed, rather than later. Whoever may be
  /// called from the depths of a driver calls this first.
  static void requireStack() {
    if (descend(RESERVE) != RESERVE) {
      throw new AssertionError();
    }
  }

  private static int descend(int depth) {
    return depth == 0 ? 0 : 1 + descend(depth - 1);
  }

  /// What the callback has made of its thread is not for the next one. To set what is set already
  /// would cost as much as half of the rest of a call.
  @SuppressWarnings("ReferenceEquality") // as it was, and nothing else
  private static void giveBack(
      Thread thread, boolean wasInterrupted, @Nullable ClassLoader loader, String name) {
    if (thread.getContextClassLoader() != loader) {
      thread.setContextClassLoader(loader);
    }
    if (thread.isInterrupted() != wasInterrupted) {
      if (wasInterrupted) {
        thread.interrupt();
      } else {
        Thread.interrupted();
      }
    }
    if (thread.getName() != name) {
      thread.setName(name);
    }
  }

  /// Called while the call is inside: the message of what was thrown is its code too.
  private static DriverfsException contain(Call call, Throwable thrown) {
    String what = call.operation() + " of " + call.code();
    String where = call.object().where();
    if (thrown instanceof DriverfsException known) {
      Throwable cause = known.getCause() == null ? null : Thrown.printable(known.getCause());
      return new DriverfsException(known.errno(), known.path(), known.sentence(), cause);
    }
    if (thrown instanceof InterruptedException) {
      return new DriverfsException(Errno.EINTR, where, what + " was interrupted");
    }
    Throwable told = Thrown.printable(thrown);
    tell(Level.WARNING, what + " failed for " + where, told);
    return new DriverfsException(
        Errno.EIO, where, what + " failed: " + told + "; see the log", told);
  }

  /// Writes into the log; what that throws is dropped, since what goes on matters more.
  static void tell(Level level, String what, @Nullable Throwable thrown) {
    try {
      LOG.log(level, what, thrown);
    } catch (Throwable _) {
      // no memory, no stack, or a handler of somebody's
    }
  }

  /// The same of a callback whose failure changes nothing; without memory, nobody hears of it.
  static void tellFailed(String callback, Code code, Throwable thrown) {
    try {
      tell(Level.WARNING, callback + " of " + code + " failed: " + thrown.getMessage(), null);
    } catch (Throwable _) {
      // no memory
    }
  }
}
