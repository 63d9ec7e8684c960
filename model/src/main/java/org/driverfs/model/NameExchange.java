package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Lets drivers have the names of others, and their files what is open there.
final class NameExchange {
  private final Registry registry;
  private final Gate gate;

  NameExchange(Registry registry, Gate gate) {
    this.registry = registry;
    this.gate = gate;
  }

  /// All of them, and then something that cannot fail any more, or none.
  ///
  /// @throws DriverfsException see [Model#takePlace]
  void run(List<Heir> heirs, Runnable then, Duration deadline) throws InterruptedException {
    Map<Passage, Heir> passages = new LinkedHashMap<>();
    List<Heir> undo = new ArrayList<>();
    boolean isDetached = false;
    boolean isDone = false;
    try {
      for (Heir heir : heirs) {
        registry
            .observers()
            .passing(heir.from(), heir.from())
            .forEach(passage -> passages.put(passage, heir));
      }
      if (!Passages.await(passages.keySet(), System.nanoTime() + deadline.toNanos())) {
        throw stillInUse(heirs);
      }
      isDetached = true;
      passages.keySet().forEach(Passage::detach);
      for (Heir heir : heirs) {
        String left = heir.to().name();
        registry.exchangeNames(heir);
        undo.addFirst(heir.reversed(left));
      }
      then.run();
      isDone = true;
    } finally {
      if (!isDone) {
        undo.forEach(registry::exchangeNames);
      }
      for (Map.Entry<Passage, Heir> each : passages.entrySet()) {
        Heir heir = each.getValue();
        Passages.goOn(List.of(each.getKey()), isDetached, isDone ? heir.to() : heir.from());
      }
    }
  }

  private DriverfsException stillInUse(List<Heir> heirs) {
    List<Driver> old = heirs.stream().map(Heir::from).toList();
    return new DriverfsException(
        Errno.EBUSY, old.toString(), "are in use: " + gate.inside(it -> old.contains(it.code())));
  }
}
