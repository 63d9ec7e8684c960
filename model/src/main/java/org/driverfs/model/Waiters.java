package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.driverfs.model.Awaited.AnyMember;
import org.driverfs.model.Awaited.Member;
import org.driverfs.model.Awaited.OnBus;
import org.driverfs.model.Awaited.Value;
import org.driverfs.model.Search.Wait;

/// The devices whose drivers wait for something, by what that is.
///
/// Who waits enters first and then looks whether it is there; what comes is there first and then
/// looks who waits: one of the two sees the other. Whoever would wait for itself is told so.
final class Waiters {
  /// That a device does not wait because it would wait for itself.
  private record InCircle(Device device, Search search, Wait was) {}

  private final Index<Awaited, Device> waiting = new Index<>();
  private final Set<InCircle> inCircles = ConcurrentHashMap.newKeySet();
  private final Model model;

  /// How often something came or changed while somebody waited.
  private final AtomicLong news = new AtomicLong();

  Waiters(Model model) {
    this.model = model;
  }

  long news() {
    return news.get();
  }

  /// Those who may go on because a device is there, or is there under another name.
  List<Device> awaiting(Device device) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    news.incrementAndGet();
    List<Device> all = new ArrayList<>();
    device.bus().ifPresent(bus -> all.addAll(waiting.get(new OnBus(bus.name(), device.name()))));
    device
        .deviceClass()
        .ifPresent(it -> {
          all.addAll(waiting.get(new AnyMember(it.name())));
          all.addAll(waiting.get(new Member(it.name(), device.name())));
        });
    return all;
  }

  /// What a wait is found by: waits for values by the device, since another name of an attribute
  /// may change with it.
  private static Awaited key(Awaited awaited) {
    return awaited instanceof Value value ? value.of() : awaited;
  }

  /// A driver defers its probe.
  ///
  /// @return whether the device waits for it; else the driver is taken to have refused
  boolean enter(Device device, Search search, Candidate candidate, Awaited awaited, long seen) {
    Driver driver = candidate.driver();
    Wait before = search.waits();
    var wait = new Wait(driver.order(), driver.name(), awaited);
    synchronized (search) { // so that the index says what the search says
      leave(device, search);
      search.waits(wait);
      waiting.add(key(awaited), device);
    }
    if (!device.isRegistered() || !driver.isRegistered()) {
      leave(device, search); // whoever goes looked before this entered
      return false;
    }
    breakCircle(device);
    if (search.refusal(driver) != null) {
      return false;
    }
    if (isThere(awaited)) {
      if (before != null && before.driver() == wait.driver() && seen == news()) {
        refuse(device, search, wait, "waits for " + awaited + ", which is there");
        return false;
      }
      search.request();
    }
    return true;
  }

  /// Lets nobody wait who would wait for itself. Whoever breaks a circle looks for those refused
  /// after that: it finds them if they are known before the circle is looked for once more.
  void breakCircle(Device device) {
    List<InCircle> found = new ArrayList<>();
    for (Device each : circle(device)) {
      Search search = each.findSearch();
      Wait wait = search == null ? null : search.waits();
      if (search != null && wait != null) {
        found.add(new InCircle(each, search, wait));
      }
    }
    inCircles.addAll(found);
    List<Device> circle = found.isEmpty() ? List.of() : circle(device);
    for (InCircle each : found) {
      if (!isRefused(each, circle) || each.device() != device) {
        model.searches().request(each.device());
      }
    }
  }

  private boolean isRefused(InCircle each, List<Device> circle) {
    if (!circle.contains(each.device())) {
      inCircles.remove(each);
      return false;
    }
    refuse(each.device(), each.search(), each.was(), "would wait for itself: " + text(circle));
    boolean isKnown = inCircles.contains(each);
    if (!isKnown) {
      each.search().forget(each.was().driver());
    }
    return isKnown;
  }

  /// Something has a driver, needs less or is gone: those without a driver that would have waited
  /// for themselves may be asked again.
  List<Device> freed() {
    List<Device> freed = new ArrayList<>();
    for (InCircle each : List.copyOf(inCircles)) {
      if (each.device().binding == null && inCircles.remove(each)) {
        each.search().forget(each.was().driver());
        freed.add(each.device());
      }
    }
    return freed;
  }

  /// A device is not registered any more.
  void gone(Device device, Search search) {
    leave(device, search);
    inCircles.removeIf(it -> it.device() == device);
  }

  private void refuse(Device device, Search search, Wait wait, String reason) {
    synchronized (search) {
      if (!wait.equals(search.waits())) {
        return; // it is not that which is waited for any more
      }
      leave(device, search);
      search.refused(wait.driver(), reason);
    }
    Gate.LOG.log(
        Level.WARNING, "driver " + wait.name() + " cannot have " + device.path() + ": " + reason);
  }

  /// Nothing is awaited for a device any more.
  void leave(Device device, Search search) {
    synchronized (search) {
      Wait wait = search.waits();
      if (wait != null) {
        search.waits(null);
        waiting.remove(key(wait.awaited()), device);
      }
    }
  }

  /// Whether it is this driver that waits, or has waited until now.
  boolean isFor(Search search, Driver driver) {
    Wait wait = search.waits();
    return wait != null && wait.driver() == driver.order();
  }

  /// Whether a driver still waits, so that a device is kept for it.
  boolean isWaiting(Search search, Driver driver) {
    Wait wait = search.waits();
    return wait != null && wait.driver() == driver.order() && !isThere(wait.awaited());
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  private boolean isThere(Awaited awaited) {
    return switch (awaited) {
      case OnBus onBus -> find(onBus).isPresent();
      case AnyMember any ->
          model
              .findClass(any.deviceClass())
              .filter(it -> it.devices().anyMatch(Device::isRegistered))
              .isPresent();
      case Member member ->
          model
              .findClass(member.deviceClass())
              .filter(
                  it -> it.devices().get(member.device()).stream().anyMatch(Device::isRegistered))
              .isPresent();
      case Value value ->
          find(value.of())
              .flatMap(device -> AttributeValue.read(model, device, value.attribute()))
              .filter(value.value()::equals)
              .isPresent();
    };
  }

  private Optional<Device> find(OnBus onBus) {
    return model
        .findBus(onBus.bus())
        .flatMap(bus -> bus.findDevice(onBus.device()))
        .filter(Device::isRegistered);
  }

  /// What a device without a driver waits for, as far as others without a driver must get one for
  /// it: itself in the end, or nothing.
  ///
  /// @return the devices on the way from the device to itself; empty if there is none
  List<Device> circle(Device device) {
    if (waiting.isEmpty()) {
      return List.of(); // links alone make none
    }
    Set<Device> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Step> way = new ArrayDeque<>(List.of(new Step(device, waitsFor(device))));
    while (!way.isEmpty()) {
      Device next = way.getLast().next().poll();
      if (next == device) {
        return way.stream().map(Step::device).toList();
      } else if (next == null) {
        way.removeLast();
      } else if (seen.add(next)) {
        way.add(new Step(next, waitsFor(next)));
      }
    }
    return List.of();
  }

  /// @param next those that the device waits for, and that were not looked at
  private record Step(Device device, Queue<Device> next) {}

  private Queue<Device> waitsFor(Device device) {
    Queue<Device> others = new ArrayDeque<>();
    if (device.binding != null) {
      return others;
    }
    for (Device supplier : device.suppliers()) {
      if (supplier.binding == null) {
        others.add(supplier);
      }
    }
    Search search = device.findSearch();
    Wait wait = search == null ? null : search.waits();
    if (wait != null && wait.awaited() instanceof Value value) {
      find(value.of())
          .filter(it -> !AttributeValue.isOwn(model.gate(), it, value.attribute()))
          .ifPresent(others::add);
    }
    return others;
  }

  /// What the devices of a circle say of each other.
  static String text(List<Device> circle) {
    return circle.stream().map(Device::path).collect(Collectors.joining(" waits for "));
  }
}
