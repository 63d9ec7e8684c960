package org.driverfs.model;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// Which devices a device needs besides its parent, and which need it.
///
/// Changed only where no two devices change what they need at once ([Registry]), so that nothing
/// ever needs itself; read by anybody.
final class Links {
  final List<Device> suppliers = new CopyOnWriteArrayList<>();
  final List<Device> consumers = new CopyOnWriteArrayList<>();

  /// Whether a device is another or needs it, through parents and suppliers.
  static boolean needs(Device device, Device other) {
    if (other.consumers().isEmpty() && other.members() == 0) {
      return device == other; // nobody needs it
    }
    Set<Device> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Device> open = new ArrayDeque<>(List.of(device));
    while (!open.isEmpty()) {
      Device next = open.pop();
      if (next == other) {
        return true;
      }
      if (seen.add(next)) {
        next.parent().ifPresent(open::push);
        next.suppliers().forEach(open::push);
      }
    }
    return false;
  }
}
