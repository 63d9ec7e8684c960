package org.driverfs.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The order in which devices wake: each after its parent and its suppliers, however deep they are.
final class Order {
  private record Open(Device device, Iterator<Device> needs) {}

  private Order() {}

  /// @return the devices and all that they need, those first that others need
  static List<Device> needsFirst(Iterable<Device> devices) {
    return needsFirst(devices, _ -> true);
  }

  /// @param counts which of those that are needed count, with what they need in turn
  static List<Device> needsFirst(Iterable<Device> devices, Predicate<Device> counts) {
    Set<Device> seen = new HashSet<>();
    Set<Device> ordered = new LinkedHashSet<>();
    Deque<Open> open = new ArrayDeque<>();
    for (Device device : devices) {
      enter(device, seen, open);
      while (!open.isEmpty()) {
        Open last = open.peek();
        if (last.needs().hasNext()) {
          Device next = last.needs().next();
          if (counts.test(next)) {
            enter(next, seen, open);
          }
        } else {
          ordered.add(open.pop().device());
        }
      }
    }
    return new ArrayList<>(ordered);
  }

  private static void enter(Device device, Set<Device> seen, Deque<Open> open) {
    if (seen.add(device)) {
      open.push(new Open(device, device.needed().iterator()));
    }
  }
}
