package org.driverfs.lab.peers;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One of the systems: what the scenario does with each. One plug-in is loaded at a time. Callers
/// come from several threads, loading and unloading from one.
interface Host {
  /// What came of an unloading.
  ///
  /// @param isOver whether the system says that it is done
  /// @param words all that the system said
  record Outcome(boolean isOver, List<String> words) {}

  /// Loads and starts the plug-in.
  void load() throws Exception;

  /// Calls it.
  ///
  /// @param caller which of the callers this is, from 0
  /// @return empty if the system says in its own way that it is not there
  Optional<String> call(int caller) throws Exception;

  /// Unloads it, as the system's documentation says.
  ///
  /// @param deadline how long to wait for those inside, if the system waits
  Outcome unload(Duration deadline) throws Exception;

  /// What the system can say, when it is asked later, of what keeps the classes of the plug-in that
  /// was unloaded last.
  List<String> held() throws Exception;

  /// Unloads what is loaded, and ends the system.
  void end() throws Exception;
}
