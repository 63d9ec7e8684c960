package org.driverfs.model;

import java.time.Duration;

/// How what represents an object lets its users wait while the object goes from one driver to
/// another: they notice nothing but that it takes its time.
///
/// Called by one thread: [#await] until it answers true, then [#detach], then [#resume]; or
/// [#cancel] before [#detach].
public interface Passage {
  /// Waits for those who are inside a callback of the old driver; nobody new gets in.
  ///
  /// @return false if that takes longer
  boolean await(Duration deadline) throws InterruptedException;

  /// Lets go of the old driver: nobody has anything of it any more.
  void detach();

  /// Lets those go on who wait, with what is there now.
  ///
  /// @param now the object; or, if that was the old driver itself, the new one
  void resume(Kobject now);

  /// Lets those go on who wait, as before.
  void cancel();
}
