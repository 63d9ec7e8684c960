package org.driverfs.model;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds things by keys that several of them may have, without walking over the others.
///
/// Thread-safe. Who is added before and not removed until after a walk is met by it.
final class Index<K, V> {
  private final ConcurrentMap<K, Set<V>> sets = new ConcurrentHashMap<>();

  void add(K key, V value) {
    sets.compute(
        key,
        (_, there) -> {
          Set<V> set = there == null ? ConcurrentHashMap.newKeySet(1) : there;
          set.add(value);
          return set;
        });
  }

  void remove(K key, V value) {
    sets.computeIfPresent(
        key,
        (_, there) -> {
          there.remove(value);
          return there.isEmpty() ? null : there;
        });
  }

  /// Those that have the key now.
  Set<V> get(K key) {
    @Nullable Set<V> set = sets.get(key);
    return set == null ? Set.of() : set;
  }

  boolean anyMatch(Predicate<? super V> condition) {
    return sets.values().stream().anyMatch(set -> set.stream().anyMatch(condition));
  }

  boolean isEmpty() {
    return sets.isEmpty();
  }
}
