package org.driverfs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.ChildProcess;
import org.driverfs.posix.CurrentProcess;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.FileStatus;
import org.driverfs.posix.Message;
import org.driverfs.posix.Mounts;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Sockets;

/// A directory on which a tree is mounted: by mount(2) as root, by fusermount3 otherwise.
final class MountPoint {
  private static final String DEVICE = "/dev/fuse";
  private static final String HELPER = "fusermount3";
  private static final int MNT_FORCE = 1;
  private static final int SOCKET = 3;

  private final Path path;
  private final boolean root = CurrentProcess.effectiveUser() == 0;

  private MountPoint(Path path) {
    this.path = path;
  }

  /// @throws DriverfsException ENOENT, ENOTDIR, ENOTEMPTY, or EBUSY if something is mounted there
  static MountPoint require(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new DriverfsException(
          Errno.ENOENT, path.toString(), "does not exist; make it with mkdir, or give another");
    }
    if (!Files.isDirectory(path)) {
      throw new DriverfsException(
          Errno.ENOTDIR, path.toString(), "is not a directory; give one to mount on");
    }
    requireUnmounted(path);
    requireEmpty(path);
    return new MountPoint(path);
  }

  /// Detaches a mount whose daemon is dead, if there is one.
  ///
  /// @return whether there was
  static boolean clearStale(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    try {
      FileStatus.now(Descriptor.WORKING_DIRECTORY, path.toString());
      return false;
    } catch (DriverfsException e) {
      if (e.errno() != Errno.ENOTCONN) {
        return false;
      }
      new MountPoint(path).detach();
      return true;
    }
  }

  Path path() {
    return path;
  }

  /// Mounts, and gives the descriptor that requests come through.
  Descriptor mount(MountOptions options) {
    return root ? mountAsRoot(options) : mountAsUser(options);
  }

  /// Unmounts. Whoever still has something open there keeps it, and gets errors: as root at once,
  /// for other users when this process ends.
  void unmount() {
    if (!root) {
      detach();
      return;
    }
    try {
      Mounts.unmount(path.toString(), 0);
    } catch (DriverfsException e) {
      if (e.errno() == Errno.EBUSY) {
        Mounts.unmount(path.toString(), MNT_FORCE | Mounts.MNT_DETACH);
      } else if (e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
  }

  private void detach() {
    if (root) {
      Mounts.unmount(path.toString(), Mounts.MNT_DETACH);
    } else {
      ChildProcess.start(List.of(HELPER, "-u", "-z", "--", path.toString()), Map.of(), Map.of())
          .await();
    }
  }

  private Descriptor mountAsRoot(MountOptions options) {
    Descriptor channel = Descriptor.open(DEVICE, OpenFlags.RDWR);
    try {
      String data =
          "fd="
              + channel.number()
              + ",rootmode=40000,user_id=0,group_id=0,"
              + "default_permissions"
              + (options.allowOther() ? ",allow_other" : "");
      Mounts.mount(
          options.name(),
          path.toString(),
          "fuse.driverfs",
          Mounts.MS_NOSUID | Mounts.MS_NODEV | Mounts.MS_NOEXEC,
          data);
    } catch (DriverfsException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  /// fusermount3 mounts for other users than root, and sends the descriptor (fuse3's
  /// util/fusermount.c: _FUSE_COMMFD).
  private Descriptor mountAsUser(MountOptions options) {
    String data =
        "fsname="
            + options.name()
            + ",subtype=driverfs,nosuid,nodev,noexec,"
            + "default_permissions"
            + (options.allowOther() ? ",allow_other" : "");
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_STREAM)) {
      ChildProcess helper =
          ChildProcess.start(
              List.of(HELPER, "-o", data, "--", path.toString()),
              Map.of("_FUSE_COMMFD", Integer.toString(SOCKET)),
              Map.of(SOCKET, pair.second()));
      int status = helper.await();
      if (status != 0) {
        throw new DriverfsException(
            Errno.EPERM,
            path.toString(),
            HELPER + " could not mount it (exit status " + status + "); its message says why");
      }
      var message = new Message(1);
      message.receive(pair.first());
      return message
          .passed()
          .orElseThrow(() ->
              new DriverfsException(Errno.EIO, path.toString(), HELPER + " sent no descriptor"));
    }
  }

  private static void requireUnmounted(Path path) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      String escaped = path.toString().replace("\\", "\\134").replace(" ", "\\040");
      if (mounts.anyMatch(line -> line.split(" ", -1)[1].equals(escaped))) {
        throw new DriverfsException(
            Errno.EBUSY, path.toString(), "is mounted already; unmount it, or give another");
      }
    } catch (IOException e) {
      throw new DriverfsException(Errno.EIO, "/proc/self/mounts", "cannot be read", e);
    }
  }

  private static void requireEmpty(Path path) {
    try (Stream<Path> entries = Files.list(path)) {
      if (entries.findAny().isPresent()) {
        throw new DriverfsException(
            Errno.ENOTEMPTY, path.toString(), "is not empty; give an empty directory");
      }
    } catch (IOException e) {
      throw new DriverfsException(Errno.EACCES, path.toString(), "cannot be listed", e);
    }
  }
}
