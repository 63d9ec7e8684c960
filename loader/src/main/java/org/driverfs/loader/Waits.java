package org.driverfs.loader;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Module;
import org.jspecify.annotations.Nullable;

/// Which modules wait, in a callback, for the end of which others: two that wait for each other
/// would do so until their deadlines. Thread-safe, by its monitor.
final class Waits {
  private final Map<Module, List<Module>> waiting = new HashMap<>();

  /// Code of a module begins to wait for the end of another.
  ///
  /// @param from whose code that is; null if it is the host's, for which nobody waits
  /// @throws DriverfsException EDEADLK if that one waits for the first
  synchronized void begin(@Nullable Module from, Module target) {
    if (from == null) {
      return;
    }
    Set<Module> seen = new HashSet<>();
    Deque<Module> open = new ArrayDeque<>(List.of(target));
    for (Module next = open.poll(); next != null; next = open.poll()) {
      if (next == from) {
        throw new DriverfsException(
            Errno.EDEADLK,
            target.toString(),
            "is waiting for " + from + " to be unloaded, whose code asks for this");
      }
      if (seen.add(next)) {
        open.addAll(waiting.getOrDefault(next, List.of()));
      }
    }
    waiting.computeIfAbsent(from, _ -> new ArrayList<>()).add(target);
  }

  /// Ends one [#begin].
  synchronized void end(@Nullable Module from, Module target) {
    List<Module> targets = from == null ? null : waiting.get(from);
    if (targets != null) {
      targets.remove(target);
      if (targets.isEmpty()) {
        waiting.remove(from);
      }
    }
  }
}
