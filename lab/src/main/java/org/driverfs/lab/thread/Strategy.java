package org.driverfs.lab.thread;

import java.util.Collection;
import java.util.function.Consumer;

/// One answer to the question how a driver is kept from going away under its callers.
///
/// All methods may be called by any thread at any time, with pointers to drivers that have long
/// gone. Some strategies answer wrongly then: that is what they are here for.
interface Strategy extends AutoCloseable {
  /// What [#acquire] answers for a driver that has gone.
  long REFUSED = -1;

  /// Loads a driver.
  ///
  /// @return what callers keep of it
  Pointer load(Memory driver);

  /// Pins a driver.
  ///
  /// @return what to give to [#release]; [#REFUSED] if the driver has gone
  long acquire(Pointer pointer);

  /// Pins a driver and opens it.
  ///
  /// @return as [#acquire]
  default long open(Pointer pointer) {
    long ticket = acquire(pointer);
    if (ticket != REFUSED) {
      pointer.driver().open();
    }
    return ticket;
  }

  /// Ends one successful [#acquire] or [#open].
  void release(Pointer pointer, long ticket);

  /// What is loaded now.
  Collection<? extends Pointer> drivers();

  /// Calls every driver that is loaded, each while it is pinned.
  default void forEach(Consumer<Memory> visit) {
    for (Pointer pointer : drivers()) {
      long ticket = acquire(pointer);
      if (ticket != REFUSED) {
        visit.accept(pointer.driver());
        release(pointer, ticket);
      }
    }
  }

  /// Unloads a driver: it refuses callers, those inside leave, and its memory is freed.
  void unload(Pointer pointer);

  /// Forgets what is kept of drivers that have gone, as if nobody had a pointer to one.
  default void purge() {}

  @Override
  default void close() {}
}
