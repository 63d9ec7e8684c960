package org.driverfs.lab.chaos.driver;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/// What all modules of chaos share, though none of them knows another's classes: how often each
/// deed was done, and how many may do certain ones at once. In the properties of the system, as
/// objects of the JDK.
public final class Shared {
  private static final String KEY = "driverfs.chaos";

  private Shared() {}

  /// How often each deed was done in each callback.
  @SuppressWarnings("unchecked")
  public static Map<String, LongAdder> counts() {
    return (Map<String, LongAdder>) all().computeIfAbsent("counts", _ -> new ConcurrentHashMap<>());
  }

  static void count(Callback callback, Deed deed) {
    counts().computeIfAbsent(callback + " " + deed, _ -> new LongAdder()).increment();
  }

  /// Who may do something that only so many may do at once.
  static Semaphore permits(String name, int count) {
    return (Semaphore) all().computeIfAbsent(name, _ -> new Semaphore(count));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> all() {
    Properties system = System.getProperties();
    return (Map<String, Object>) system.computeIfAbsent(KEY, _ -> new ConcurrentHashMap<>());
  }
}
