package org.driverfs.fuse;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenFiles;
import org.driverfs.tree.OpenMode;

/// The operations on open files.
final class FileOperations {
  private static final int ACCESS_MODE = 3;
  private static final int DIRECT_IO = 1;
  private static final int KEEP_CACHE = 1 << 1;

  private final OpenFiles files;
  private final NodeOperations nodes;
  private final Notifier notifier;

  FileOperations(OpenFiles files, NodeOperations nodes, Notifier notifier) {
    this.files = files;
    this.nodes = nodes;
    this.notifier = notifier;
  }

  /// @param door who closes what is open at the end
  int open(FuseRequest.Open request, Reply reply, Object door) {
    Frame frame = request.frame();
    Known known = nodes.find(frame.node());
    if (known == null || !(known.node() instanceof File<?> file)) {
      return Replies.error(Errno.ENOENT);
    }
    OpenMode mode =
        switch (request.flags() & ACCESS_MODE) {
          case 0 -> OpenMode.READ;
          case 1 -> OpenMode.WRITE;
          default -> OpenMode.READ_WRITE;
        };
    var caller = new Caller(frame.uid(), frame.gid(), frame.thread());
    OpenFile open = files.open(file, mode, caller, door);
    reply.int64(0, open.handle());
    reply.int32(8, known.size() >= 0 ? KEEP_CACHE : DIRECT_IO);
    reply.int32(12, 0);
    return 16;
  }

  int read(FuseRequest.Read request, Reply reply) {
    OpenFile open = files.require(request.handle());
    int size = Math.max(0, Math.min(request.size(), reply.capacity()));
    return possible(open.read(request.offset(), reply.body(), reply.bodyAt(), size), size, open);
  }

  int write(FuseRequest.Write request, Reply reply) {
    OpenFile open = files.require(request.handle());
    Frame frame = request.frame();
    int taken =
        open.write(
            request.offset(),
            frame.payload(),
            frame.payloadAt(FuseRequest.Write.ARGUMENTS),
            request.size());
    reply.int32(0, possible(taken, request.size(), open));
    reply.int32(4, 0);
    return 8;
  }

  /// What a driver says that it has done may be anything; the kernel, and the reply, rely on it.
  private static int possible(int count, int most, OpenFile open) {
    if (count < 0 || count > most) {
      throw new DriverfsException(
          Errno.EIO, open.path(), "says that it has done %d of %d bytes".formatted(count, most));
    }
    return count;
  }

  int release(long handle) {
    files.close(files.require(handle));
    return Replies.OK;
  }

  int poll(FuseRequest.Poll request, Reply reply) {
    OpenFile open = files.require(request.handle());
    long kernelHandle = request.kernelHandle();
    int events =
        open.poll(request.wantsNotice() ? () -> notifier.wakePollers(kernelHandle) : () -> {});
    reply.int32(0, events);
    reply.int32(4, 0);
    return 8;
  }
}
