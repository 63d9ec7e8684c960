package org.driverfs.loader;

import java.time.Duration;

/// How a module is unloaded that somebody may be using.
public sealed interface Way {
  /// Only if nobody uses it. Nobody notices that this was tried, if somebody does.
  record Try() implements Way {
    @Override
    public String toString() {
      return "try";
    }
  }

  /// Refuses new users and waits for the last one; when the deadline expires, it is as before.
  record Wait(Duration deadline) implements Way {
    @Override
    public String toString() {
      return "wait";
    }
  }

  /// Refuses new users, lets open files answer ENODEV, and waits for those inside a callback. There
  /// is no way back: when the deadline expires, the module goes when they leave.
  record Revoke(Duration deadline) implements Way {
    @Override
    public String toString() {
      return "revoke";
    }
  }
}
