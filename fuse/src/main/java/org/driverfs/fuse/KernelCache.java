package org.driverfs.fuse;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.SystemCalls;

/// What the kernel keeps of names, texts and pollers, and how it is told to drop it. That it does
/// not know what it is told about is no error: it has nothing to drop.
///
/// For one thread, which the kernel may keep waiting.
final class KernelCache {
  private static final int NOTIFY_POLL = 1;
  private static final int NOTIFY_INVAL_INODE = 2;
  private static final int NOTIFY_INVAL_ENTRY = 3;
  private static final int MAX_NOTICE = 1024;

  private final Descriptor channel;
  private final Reply reply = new Reply(Arena.ofAuto().allocate(MAX_NOTICE, 8));

  KernelCache(Descriptor channel) {
    this.channel = channel;
  }

  /// A poller looks again.
  ///
  /// @param kernelHandle what the kernel wants to be woken with
  void wakePoller(long kernelHandle) {
    reply.int64(0, kernelHandle);
    send(NOTIFY_POLL, 8);
  }

  /// Whatever the kernel has under a name, it looks again.
  ///
  /// @param parent the number of the directory
  void forget(long parent, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    reply.int64(0, parent);
    reply.int32(8, bytes.length);
    reply.int32(12, 0);
    reply.bytes(16, bytes);
    reply.zero(16 + bytes.length, 1);
    send(NOTIFY_INVAL_ENTRY, 16 + bytes.length + 1);
  }

  /// Whatever the kernel has read of a file or directory, it reads again.
  ///
  /// @param node its number
  void invalidate(long node) {
    reply.int64(0, node);
    reply.int64(8, 0);
    reply.int64(16, -1);
    send(NOTIFY_INVAL_INODE, 24);
  }

  private void send(int code, int size) {
    int length = reply.finishNotice(code, size);
    SystemCalls.ofThread().write(channel.number(), reply.address(), length);
  }
}
