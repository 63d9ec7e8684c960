package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/// What is done with several [Passage] at once.
final class Passages {
  private Passages() {}

  /// Waits until those are out who are inside, in all of them.
  ///
  /// @param end until when, of [System#nanoTime]
  /// @return false if that takes longer
  static boolean await(Collection<Passage> passages, long end) throws InterruptedException {
    for (Passage passage : passages) {
      if (!passage.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
        return false;
      }
    }
    return true;
  }

  /// Lets those go on who wait.
  ///
  /// @param isDetached whether the old driver was let go
  static void goOn(List<Passage> passages, boolean isDetached, Kobject now) {
    for (Passage passage : passages) {
      try {
        if (isDetached) {
          passage.resume(now);
        } else {
          passage.cancel();
        }
      } catch (Throwable t) { // the others go on all the same
        Gate.tell(Level.ERROR, "those who wait for " + now + " were left behind", t);
      }
    }
  }
}
