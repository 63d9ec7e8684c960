package org.driverfs.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// How many threads of the framework are inside the code of one owner, a module or a driver that is
/// built in, and what waits for room there. However many devices an owner has and whatever its code
/// does, others find threads.
///
/// Guarded by its monitor.
final class Lane {
  /// How many threads at most; searches for a driver may bring a few more.
  static final int MOST_ACTIVE = 64;

  /// How many threads an owner may have for tasks of its own.
  static final int MOST_TASKS = 4096;

  /// Whose links are made before anything changes: an array that cannot grow loses what it has.
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  private int size;

  /// What to do for each device that was about to look for a driver when this was full.
  private final Map<Device, Runnable> parked = new LinkedHashMap<>(0);

  /// What a thread does that comes for this; made here, since there may be no memory later.
  private final Runnable worker;

  private int active;

  /// How many of those have not taken anything yet.
  private int coming;

  private int tasks;

  /// @param worker see [#begin]
  Lane(Runnable worker) {
    this.worker = worker;
  }

  Runnable worker() {
    return worker;
  }

  synchronized void add(Runnable work) {
    waiting.add(work);
    size++;
  }

  /// Makes room for a thread, if something waits that none is on its way to. It runs the worker,
  /// which says [#arrive], and counts as active until [#takeNext] answers null.
  synchronized boolean begin() {
    boolean begins = active < MOST_ACTIVE && coming < size + parked.size();
    active += begins ? 1 : 0;
    coming += begins ? 1 : 0;
    return begins;
  }

  synchronized void arrive() {
    coming--;
  }

  /// What comes first, or after something that has ended.
  ///
  /// @return null if nothing waits; then one less is active
  synchronized @Nullable Runnable takeNext() {
    Runnable next = active <= MOST_ACTIVE ? poll() : null;
    active -= next == null ? 1 : 0;
    return next;
  }

  private @Nullable Runnable poll() {
    Runnable work = waiting.poll();
    size -= work == null ? 0 : 1;
    if (work == null && !parked.isEmpty()) {
      work = parked.remove(parked.keySet().iterator().next());
    }
    return work;
  }

  synchronized void enter() {
    active++;
  }

  synchronized void leave() {
    active--;
  }

  /// Lets a device wait if there is no room.
  ///
  /// @param goOn what follows when there is
  /// @param isWanted whether there is anybody to wait for; asked once nobody can overlook the wait
  /// @return false if there is room, or nobody to wait for: the caller goes on
  synchronized boolean park(Device device, Runnable goOn, BooleanSupplier isWanted) {
    return active >= MOST_ACTIVE && isWanted.getAsBoolean() && parked.put(device, goOn) == null;
  }

  /// Ends a [#park].
  ///
  /// @return what was to follow; null if it does already
  synchronized @Nullable Runnable unpark(Device device) {
    return parked.remove(device);
  }

  /// Ends all [#park].
  synchronized Deque<Runnable> unparkAll() {
    var all = new ArrayDeque<>(parked.values());
    parked.clear();
    return all;
  }

  /// Counts one more thread of the owner's own.
  ///
  /// @return false if it has too many
  synchronized boolean beginTask() {
    boolean isRoom = tasks < MOST_TASKS;
    tasks += isRoom ? 1 : 0;
    return isRoom;
  }

  synchronized void endTask() {
    tasks--;
  }
}
