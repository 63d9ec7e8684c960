package org.driverfs.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What was opened, to be closed in reverse, once.
///
/// Thread-safe: it may be closed while somebody still adds to it; what comes too late is closed at
/// once. Whoever closes it a second time waits until the first is through.
final class Closing implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("driverfs.app");

  // Guarded by the monitor of this, which is held while all of it is closed.
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private boolean closed;

  /// Remembers something that is open.
  ///
  /// @throws DriverfsException ECANCELED if all is closed; then that is closed too
  synchronized <C extends AutoCloseable> C add(C resource) {
    opened.push(resource);
    if (closed) {
      close();
      throw new DriverfsException(Errno.ECANCELED, "driverfs", "was stopped while it started");
    }
    return resource;
  }

  @Override
  public synchronized void close() {
    closed = true;
    while (!opened.isEmpty()) {
      AutoCloseable last = opened.pop();
      try {
        last.close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.ERROR, last + " could not be closed", e);
      }
    }
  }
}
