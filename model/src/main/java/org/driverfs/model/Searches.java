package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.driverfs.lifetime.Deadline;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// Looks for drivers for devices, each in a thread of its own, so that a probe which takes its time
/// keeps nobody else waiting but those who need that device.
///
/// A device is looked at when its parent and its suppliers are not being looked at any more, and
/// gets a driver only when all suppliers have one. Nobody polls: whoever comes, goes, is bound or
/// changes asks for the devices that this may concern.
final class Searches {
  private final Model model;
  private final Binder binder;
  private final Workqueue workqueue;
  private final Candidates candidates;
  private final Waiters waiters;

  /// How many devices are looked at, or will be. Guarded by the monitor of this.
  private int running;

  /// How many removes run. Guarded likewise.
  private int removing;

  /// How many threads look, or probe because somebody asked for it. Guarded likewise.
  private int active;

  /// Devices whose turn has come while nothing may be probed; null when it may. Guarded likewise.
  private @Nullable Queue<Device> paused;

  Searches(Model model, Binder binder) {
    this.model = model;
    this.binder = binder;
    this.workqueue = binder.gate().workqueue();
    this.candidates = new Candidates(binder.gate());
    this.waiters = new Waiters(model);
  }

  Candidates candidates() {
    return candidates;
  }

  Waiters waiters() {
    return waiters;
  }

  /// Looks for drivers for devices, unless it is certain that there is none. All are known to be
  /// looked at before one is, so that those that need others wait for them.
  void request(Collection<Device> devices) {
    List<Device> first = new ArrayList<>();
    for (Device device : devices) {
      if (candidates.isPossible(device)) {
        synchronized (this) {
          running++;
        }
        if (device.search().request()) {
          first.add(device);
        } else {
          ended();
        }
      }
    }
    first.forEach(this::spawn);
  }

  void request(Device device) {
    request(List.of(device));
  }

  /// Looks for a driver for a device, also among those that have refused it.
  ///
  /// @return false if that takes longer
  boolean force(Device device, Duration deadline) throws InterruptedException {
    Search search = device.search();
    waiters.leave(device, search);
    search.force();
    request(device);
    return search.awaitEnd(deadline);
  }

  private synchronized void ended() {
    running--;
    notifyAll();
  }

  /// A driver's remove runs from now on, until [#leaveRemove]: it may lead to a look.
  synchronized void enterRemove() {
    removing++;
  }

  synchronized void leaveRemove() {
    removing--;
    notifyAll();
  }

  private void spawn(Device device) {
    synchronized (this) {
      if (paused != null) {
        paused.add(device);
        return;
      }
      active++;
    }
    workqueue.submit(() -> {
      try {
        run(device);
      } finally {
        leave();
      }
    });
  }

  private void run(Device device) {
    Search search = device.search();
    List<Device> followers;
    do {
      search.begin();
      if (follows(device) || parks(device, search)) {
        return; // it goes on when the other has ended, or there is room
      }
      try {
        look(device, search);
      } catch (Throwable t) {
        Gate.tell(Level.ERROR, "looking for a driver for " + device + " failed", t);
      }
      followers = search.finish();
    } while (followers == null);
    followers.forEach(this::spawn);
    ended();
  }

  /// Whether somebody is looked at whom this device needs; then it goes on after that one.
  private static boolean follows(Device device) {
    for (Device needed : device.needed()) {
      Search before = needed.findSearch();
      if (before != null
          && before.follow(device)
          && (device.needed().contains(needed) || !before.unfollow(device))) {
        return true;
      }
    }
    return false;
  }

  /// Whether a driver that may be asked has no room for one more thread. Whoever goes is not
  /// registered any more before it looks for those that wait, here and in [Lane].
  private boolean parks(Device device, Search search) {
    for (Driver driver : candidates.possible(device)) {
      Lane lane = driver.lane();
      search.parkedAt(lane);
      if (lane.park(
          device, () -> spawn(device), () -> driver.isRegistered() && device.isRegistered())) {
        return true;
      }
    }
    search.parkedAt(null);
    return false;
  }

  /// Lets a device go on that waits for room and is not registered any more.
  void unpark(Search search, Device device) {
    Lane lane = search.parkedAt();
    Runnable goOn = lane == null ? null : lane.unpark(device);
    if (goOn != null) {
      goOn.run();
    }
  }

  /// Lets all go on that wait for room in a driver, which is not registered any more.
  static void unpark(Driver driver) {
    driver.lane().unparkAll().forEach(Runnable::run);
  }

  /// A device does not need another any more. It must not wait for it, or two that change places
  /// would wait for each other.
  void unfollow(Device device, Device other) {
    Search before = other.findSearch();
    if (before != null && before.unfollow(device)) {
      spawn(device);
    }
  }

  private void look(Device device, Search search) {
    Bus bus = device.bus().orElse(null);
    if (bus == null || !device.isRegistered() || !(bus.autoprobes() || search.isForced())) {
      return;
    }
    Binding there = device.binding;
    if (there != null) {
      lookForBetter(device, search, there);
    } else if (search.isOutdated()) {
      return; // asked after the binding, which is there until that is known
    } else if (missingSupplier(device) == null) {
      tryAll(device, search);
    } else {
      waiters.leave(device, search); // it waits for its supplier, and may wait for more after that
      waiters.breakCircle(device);
    }
  }

  /// A supplier without which the device cannot be bound; null if there is none.
  static @Nullable Device missingSupplier(Device device) {
    for (Device supplier : device.suppliers()) {
      Binding needed = supplier.binding;
      if (needed == null || !needed.takesConsumers()) {
        return supplier;
      }
    }
    return null;
  }

  private void lookForBetter(Device device, Search search, Binding there) {
    if (there.cause() == Binding.Cause.BY_HAND) {
      return; // it is being unbound, and nobody gets it by itself
    }
    if (!there.takesConsumers()) {
      search.requestWhenFree();
      if (device.binding != there || there.takesConsumers()) {
        search.takeWhenFree();
        search.request();
      }
      return;
    }
    Driver better = findBetter(device, there);
    if (better != null && search.takesBetter()) {
      binder.unbind(there, Binding.Cause.FOR_OTHERS);
    } else if (search.isBetter(better) && better != null) {
      model.publish(device, Action.CHANGE, Map.of("BETTER_DRIVER", better.name()));
    }
  }

  private @Nullable Driver findBetter(Device device, Binding there) {
    List<Candidate> wanting = candidates.of(device);
    Candidate chosen = there.chosen();
    if (chosen == null || wanting.isEmpty()) {
      return null;
    }
    Candidate best = wanting.getFirst();
    return best.driver() != there.driver() && best.compareTo(chosen) < 0 ? best.driver() : null;
  }

  /// See [Candidates#of(Device, Driver)].
  @Nullable Candidate candidate(Device device, Driver driver) {
    return candidates.of(device, driver);
  }

  private void tryAll(Device device, Search search) {
    for (Candidate candidate : candidates.of(device)) {
      Driver driver = candidate.driver();
      if (search.refusal(driver) == null
          && (waiters.isWaiting(search, driver) || hasHad(device, search, candidate))) {
        return;
      }
    }
  }

  /// @return whether the search ends with this candidate
  private boolean hasHad(Device device, Search search, Candidate candidate) {
    Driver driver = candidate.driver();
    List<Binder.Outcome> outcome = new ArrayList<>(1);
    long news = waiters.news();
    try {
      boolean _ =
          workqueue.visit(
              driver,
              () -> driver.ifPinned(() -> outcome.add(binder.bind(device, driver, candidate))));
      return !outcome.isEmpty() && isLast(device, search, candidate, outcome.getFirst(), news);
    } catch (RuntimeException e) { // of the driver, or of an observer who does not want it
      if (driver.isRegistered() && device.isRegistered()) {
        waiters.leave(device, search);
        search.refused(driver.order(), "refused: " + e.getMessage());
        Gate.LOG.log(Level.INFO, driver + " refused " + device.path() + ": " + e.getMessage());
      }
      return false;
    }
  }

  private boolean isLast(
      Device device, Search search, Candidate candidate, Binder.Outcome outcome, long news) {
    return switch (outcome) {
      case Binder.Bound _ -> true;
      case Binder.Taken _, Binder.Unsupplied _ -> {
        search.request();
        yield true;
      }
      case Binder.Lost lost -> {
        if (!lost.byHand()) {
          search.request();
        }
        yield true;
      }
      case Binder.Deferred deferred ->
          waiters.enter(device, search, candidate, deferred.awaited(), news);
    };
  }

  /// Starts nothing from now on, and waits for those that look.
  ///
  /// @return false if that takes longer: then, too, nothing is started
  synchronized boolean pause(Duration deadline) throws InterruptedException {
    paused = paused == null ? new ConcurrentLinkedQueue<>() : paused;
    return Deadline.await(this, deadline, () -> active == 0);
  }

  /// Begins a probe that was asked for by hand.
  ///
  /// @return false if nothing may be probed now; else [#leave] follows
  synchronized boolean enter() {
    if (paused == null) {
      active++;
    }
    return paused == null;
  }

  synchronized void leave() {
    active--;
    notifyAll();
  }

  /// Starts what has come up meanwhile.
  void resume() {
    Queue<Device> ready;
    synchronized (this) {
      ready = paused == null ? new ConcurrentLinkedQueue<>() : paused;
      paused = null;
    }
    ready.forEach(this::spawn);
  }

  /// Waits until no device is looked at, or has to be, and no remove runs; while nothing may be
  /// probed, those that have to be are not waited for.
  ///
  /// @return false if that takes longer
  synchronized boolean settle(Duration deadline) throws InterruptedException {
    return Deadline.await(
        this, deadline, () -> removing == 0 && (paused == null ? running : active) == 0);
  }
}
