package org.driverfs.buses.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.posix.CurrentProcess;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;

/// Opens files of the kernel's with the rights of whoever asks.
///
/// The kernel remembers with an open file whose rights it was opened with, and some attributes look
/// at them again at each read (file_ns_capable(9), as PCI's `config` does); so it is enough to open
/// as the right one. For somebody else a thread is started that takes on that one's user, group and
/// groups, drops its capabilities, opens and ends: no rights are ever put back, so nothing can go
/// wrong in putting them back.
final class CallerRights {
  private static final int ROOT = 0;

  private CallerRights() {}

  /// Opens something as the caller would.
  ///
  /// @param caller who asks
  /// @param opening opens it, with the rights of the thread that it runs in
  /// @throws DriverfsException what the opening throws; EPERM if this process may not act for
  ///   others
  static Descriptor open(Caller caller, Supplier<Descriptor> opening) {
    if (mayUseOurs(caller)) {
      return opening.get();
    }
    var task =
        new FutureTask<>(() -> {
          CurrentThread.takeOn(caller.uid(), caller.gid(), groupsOf(caller.pid()));
          return opening.get();
        });
    Thread.ofPlatform().name("driverfs-as-" + caller.uid()).daemon().start(task);
    return await(task);
  }

  /// Our own rights are the caller's, or fewer: root's include those of any user.
  private static boolean mayUseOurs(Caller caller) {
    return caller.equals(Caller.SELF)
        || caller.uid() == CurrentProcess.effectiveUser()
        || caller.uid() == ROOT;
  }

  /// The supplementary groups; none of a process that is unknown, or has ended.
  private static int[] groupsOf(int pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("Groups:"))
          .flatMap(line -> Stream.of(line.substring("Groups:".length()).trim().split(" ", -1)))
          .filter(group -> !group.isEmpty())
          .mapToInt(Integer::parseUnsignedInt)
          .toArray();
    } catch (IOException | UncheckedIOException e) {
      return new int[0];
    }
  }

  /// Waits whatever happens: the descriptor that comes must not be lost.
  private static Descriptor await(FutureTask<Descriptor> task) {
    try {
      return Uninterruptibly.<Descriptor, ExecutionException>await(task::get);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverfsException refused) {
        throw refused;
      }
      throw new DriverfsException(Errno.EIO, "open", "failed for another user", e.getCause());
    }
  }
}
