package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.BooleanSupplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Names;
import org.jspecify.annotations.Nullable;

/// Makes and removes names on the mount itself, in a thread that holds none of our descriptors.
///
/// The kernel may keep that thread waiting, where no signal reaches it, for the lock of a directory
/// that a client's request in flight holds. If this process is killed then, the thread lives on:
/// with /dev/fuse in its hand, the connection would never be aborted, the client would never get
/// its answer, and everybody who touches the mount would hang.
///
/// What is asked and what came of it are guarded by the monitor of this, which is not held while
/// the kernel is called.
final class NameCalls implements AutoCloseable {
  /// What is asked of the kernel.
  enum Call {
    MAKE_DIRECTORY,
    MAKE_NODE,
    MAKE_LINK,
    REMOVE_DIRECTORY,
    UNLINK
  }

  private static final Logger LOG = System.getLogger("driverfs.fuse");
  private static final String NOWHERE = "/proc/self/nowhere/name";
  private static final long LOOK_MILLIS = 1000;

  private final VitalThread thread;
  private int id;
  private @Nullable Call asked;
  private String path = NOWHERE;
  private @Nullable DriverfsException outcome;
  private boolean failed;
  private boolean closed;

  NameCalls() {
    BooleanSupplier isReady = () -> id != 0;
    thread = VitalThread.start("driverfs-fuse-names", this::takeTurn);
    boolean isMade = false;
    try {
      await(isReady);
      isMade = true;
    } finally {
      if (!isMade) {
        close();
      }
    }
  }

  private boolean takeTurn() throws InterruptedException {
    if (thread() == 0) {
      detach();
      return true;
    }
    Call call = next();
    if (call == null) {
      return false;
    }
    DriverfsException result = null;
    boolean called = false;
    try {
      result = tryTo(call, path);
      called = true;
    } finally {
      answer(result, !called);
    }
    return true;
  }

  private void detach() {
    for (Call call : Call.values()) {
      tryTo(call, NOWHERE); // so that what it needs is loaded
    }
    try {
      CurrentThread.dropDescriptors();
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, "the mount may hang if this process is killed: " + e.getMessage());
    }
    synchronized (this) {
      id = CurrentThread.id();
      notifyAll();
    }
  }

  private synchronized @Nullable Call next() throws InterruptedException {
    while (asked == null && !closed) {
      wait();
    }
    return asked;
  }

  private synchronized void answer(@Nullable DriverfsException result, boolean hasFailed) {
    outcome = result;
    failed = hasFailed;
    asked = null;
    notifyAll();
  }

  /// The number of the thread, by which the kernel's requests are known.
  synchronized int thread() {
    return id;
  }

  /// Calls, and waits for the end of that. For one thread alone.
  ///
  /// @return what the kernel said against it; null if nothing
  /// @throws DriverfsException EIO if the kernel was not asked: there was no memory
  @Nullable DriverfsException perform(Call call, String where) {
    BooleanSupplier isAnswered = () -> asked == null; // made before anything is asked
    synchronized (this) {
      path = where;
      asked = call;
      notifyAll();
    }
    await(isAnswered);
    synchronized (this) {
      if (asked != null || failed) {
        throw new DriverfsException(Errno.EIO, where, "could not be told; it is tried again");
      }
      return outcome;
    }
  }

  private static @Nullable DriverfsException tryTo(Call call, String path) {
    Descriptor here = Descriptor.WORKING_DIRECTORY;
    try {
      switch (call) {
        case MAKE_DIRECTORY -> Names.makeDirectory(here, path, 0755);
        case MAKE_NODE -> Names.makeNode(here, path, Names.REGULAR_FILE | 0644);
        case MAKE_LINK -> Names.makeLink("?", here, path);
        case REMOVE_DIRECTORY -> Names.removeDirectory(here, path);
        case UNLINK -> Names.unlink(here, path);
      }
      return null;
    } catch (DriverfsException e) {
      return e;
    }
  }

  /// Waits until the kernel has answered, or this process ends.
  private synchronized void await(BooleanSupplier isDone) {
    Uninterruptibly.pause(() -> {
      while (!isDone.getAsBoolean() && thread.isAlive()) {
        wait(LOOK_MILLIS);
      }
    });
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /// How many calls have failed otherwise than the kernel fails them.
  int failures() {
    return thread.failures();
  }

  boolean isAlive() {
    return thread.isAlive();
  }
}
