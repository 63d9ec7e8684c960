package org.driverfs.loader;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A static cache of the host, in which a module can leave something.
public final class HostCache {
  /// What was left.
  public static final Map<String, Object> CACHE = new ConcurrentHashMap<>();

  private HostCache() {}
}
