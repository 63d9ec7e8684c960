package org.driverfs.lab.thread;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// All of them, in the order of the thread.
final class Strategies {
  static final Map<String, Supplier<Strategy>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("unlocked", Unlocked::new);
    ALL.put("own-lock", OwnLock::new);
    ALL.put("global-lock", GlobalLock::new);
    ALL.put("big-lock", BigLock::new);
    ALL.put("freeze", Freeze::new);
    ALL.put("stub", Stub::new);
    ALL.put("serial", Serial::new);
    ALL.put("never", Never::new);
    ALL.put("driverfs", Driverfs::new);
  }

  private Strategies() {}
}
