package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
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

  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("driverfs-fuse-names").factory());
  private final int thread;

  NameCalls() {
    for (Call call : Call.values()) {
      perform(call, NOWHERE); // so that what it needs is loaded
    }
    thread = await(executor.submit(NameCalls::detach));
  }

  private static int detach() {
    try {
      CurrentThread.dropDescriptors();
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, "the mount may hang if this process is killed: " + e.getMessage());
    }
    return CurrentThread.id();
  }

  /// The number of the thread, by which the kernel's requests are known.
  int thread() {
    return thread;
  }

  /// Calls, and waits for the end of that.
  ///
  /// @return what went wrong; null if nothing did
  @Nullable DriverfsException perform(Call call, String path) {
    return await(executor.submit(() -> tryTo(call, path)));
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

  private static <T extends @Nullable Object> T await(Future<T> result) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException _) {
          interrupted = true; // the kernel answers, or this process ends
        }
      }
    } catch (ExecutionException e) {
      throw new DriverfsException(Errno.EIO, "names", "cannot be changed: " + e.getCause(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
