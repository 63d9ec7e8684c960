package org.driverfs.tree;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.errno.Thrown;
import org.jspecify.annotations.Nullable;

/// Calls what is not ours, and turns whatever is thrown into an errno and a line in the log.
final class Contained {
  private static final Logger LOG = System.getLogger("driverfs.tree");

  @FunctionalInterface
  interface Call<R extends @Nullable Object> {
    R call() throws Exception;
  }

  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  private Contained() {}

  static <R extends @Nullable Object> R call(Node node, String operation, Call<R> call) {
    try {
      return call.call();
    } catch (Throwable t) {
      throw contain(node, operation, t);
    }
  }

  /// For what ends a thing: there is nobody to tell but the log.
  static void run(Node node, String operation, Action action) {
    try {
      action.run();
    } catch (Throwable t) {
      tell(node, operation, t);
    }
  }

  /// What the caller is told: the errno and sentence of a [DriverfsException], EINTR if what was
  /// called has been interrupted, otherwise EIO.
  static DriverfsException contain(Node node, String operation, Throwable thrown) {
    if (thrown instanceof DriverfsException known) {
      return known.at(node.path());
    }
    if (thrown instanceof InterruptedException) {
      return new DriverfsException(Errno.EINTR, node.path(), operation + " was interrupted");
    }
    Throwable told = Thrown.printable(thrown);
    tell(node, operation, told);
    return new DriverfsException(
        Errno.EIO, node.path(), operation + " failed: " + told + "; see the log", told);
  }

  /// What is being ended ends, whatever becomes of the log.
  private static void tell(Node node, String operation, Throwable thrown) {
    try {
      LOG.log(Level.WARNING, operation + " of " + node + " failed", Thrown.printable(thrown));
    } catch (Throwable _) {
      // There is no memory, or the log is broken.
    }
  }
}
