package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Names;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Node;
import org.driverfs.tree.TreeListener;
import org.jspecify.annotations.Nullable;

/// Tells the kernel what has changed, from a thread of its own that holds no lock.
///
/// FUSE has no notification that an entry was created, and the one for a deletion does not reach
/// those who watch the directory. So this thread calls mkdir, mknod, symlink, unlink and rmdir on
/// the mount itself. The kernel asks a worker, which knows the request by its thread number, and
/// answers with the node that is there or was there: the names of the kernel are right then, and
/// inotify watchers hear CREATE and DELETE. A directory that the kernel does not know is not
/// watched, and nothing is done for it.
///
/// The kernel may keep this thread waiting for a lock that a request in flight holds, so nobody
/// waits for it but [#settle].
final class Notifier implements TreeListener, Runnable {
  private static final Logger LOG = System.getLogger("driverfs.fuse");

  private static final int NOTIFY_POLL = 1;
  private static final int NOTIFY_INVAL_INODE = 2;
  private static final int NOTIFY_INVAL_ENTRY = 3;
  private static final int MAX_NOTICE = 1024;
  private static final int ATTEMPTS = 3;

  private sealed interface Notice {
    record Created(Directory<?> parent, String name, Node node) implements Notice {}

    record Removed(Directory<?> parent, String name, Node node) implements Notice {}

    record Changed(File<?> file) implements Notice {}

    record Poll(long kernelHandle) implements Notice {}

    record Settled(CountDownLatch latch) implements Notice {}

    record Stop() implements Notice {}
  }

  /// What this thread asks of the kernel now.
  ///
  /// @param node what is made or removed
  /// @param removes whether it is removed
  private record Own(long parent, String name, Node node, boolean removes) {}

  private final LinkedBlockingQueue<Notice> queue = new LinkedBlockingQueue<>();
  private final KnownNodes nodes;
  private final Path mountPoint;
  private final Descriptor channel;
  private final Reply reply;
  private final Arena arena = Arena.ofShared();
  private volatile int thread;
  private volatile @Nullable Own own;
  private volatile boolean stopped;

  Notifier(KnownNodes nodes, Path mountPoint, Descriptor channel) {
    this.nodes = nodes;
    this.mountPoint = mountPoint;
    this.channel = channel;
    this.reply = new Reply(arena.allocate(MAX_NOTICE, 8));
  }

  @Override
  public void created(Node node) {
    Directory<?> parent = node.parent();
    if (parent != null && nodes.findKnown(parent) != null) {
      put(new Notice.Created(parent, node.name(), node));
    }
  }

  @Override
  public void removed(Directory<?> parent, String name, Node node) {
    if (nodes.findKnown(parent) != null) {
      put(new Notice.Removed(parent, name, node));
    }
  }

  @Override
  public void changed(File<?> file) {
    if (file.entry().isConstant() && nodes.findKnown(file) != null) {
      put(new Notice.Changed(file));
    }
  }

  void wakePollers(long kernelHandle) {
    put(new Notice.Poll(kernelHandle));
  }

  /// Waits until the kernel has been told of all that has happened before.
  void settle() throws InterruptedException {
    var latch = new CountDownLatch(1);
    put(new Notice.Settled(latch));
    if (stopped) {
      return;
    }
    latch.await();
  }

  void stop() {
    put(new Notice.Stop());
  }

  int waiting() {
    return queue.size();
  }

  /// Whether a request about an entry is this notifier's own.
  boolean isOwn(Frame frame, String name) {
    Own now = own;
    return now != null
        && frame.thread() == thread
        && frame.node() == now.parent
        && name.equals(now.name);
  }

  /// What a lookup that [#isOwn] finds: nothing that is about to be made, but what is removed.
  @Nullable Node answerToLookup() {
    Own now = own;
    return now != null && now.removes ? now.node : null;
  }

  /// What a request that [#isOwn] makes.
  @Nullable Node made() {
    Own now = own;
    return now == null || now.removes ? null : now.node;
  }

  @Override
  public void run() {
    thread = CurrentThread.id();
    try {
      while (!stopped) {
        tell(queue.take());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      stopped = true;
      for (Notice left = queue.poll(); left != null; left = queue.poll()) {
        if (left instanceof Notice.Settled settled) {
          settled.latch.countDown();
        }
      }
      arena.close();
    }
  }

  private void put(Notice notice) {
    if (!stopped) {
      queue.add(notice);
    } else if (notice instanceof Notice.Settled settled) {
      settled.latch.countDown();
    }
  }

  private void tell(Notice notice) {
    switch (notice) {
      case Notice.Created it -> announce(it.parent, it.name, it.node, false);
      case Notice.Removed it -> announce(it.parent, it.name, it.node, true);
      case Notice.Changed it -> invalidate(it.file);
      case Notice.Poll it -> {
        reply.int64(0, it.kernelHandle);
        send(NOTIFY_POLL, 8);
      }
      case Notice.Settled it -> it.latch.countDown();
      case Notice.Stop _ -> stopped = true;
    }
  }

  /// The kernel may have the name already, because somebody looked before this thread came to it:
  /// then it is made to forget it, and asked again.
  private void announce(Directory<?> parent, String name, Node node, boolean removes) {
    Known known = nodes.findKnown(parent);
    if (known == null || parent.isRemoved()) {
      return;
    }
    own = new Own(known.id(), name, node, removes);
    try {
      String path = mountPoint + "/" + parent.path() + "/" + name;
      for (int attempt = 1; !perform(path, node, removes) && attempt < ATTEMPTS; attempt++) {
        forget(known.id(), name);
      }
      if (removes) {
        forget(known.id(), name);
      }
      invalidate(known);
    } finally {
      own = null;
    }
  }

  private static boolean perform(String path, Node node, boolean removes) {
    Descriptor here = Descriptor.WORKING_DIRECTORY;
    try {
      switch (node) {
        case Directory<?> _ when removes -> Names.removeDirectory(here, path);
        case Node _ when removes -> Names.unlink(here, path);
        case Directory<?> _ -> Names.makeDirectory(here, path, 0755);
        case Link _ -> Names.makeLink("?", here, path);
        case File<?> _ -> Names.makeNode(here, path, Names.REGULAR_FILE | 0644);
      }
      return true;
    } catch (DriverfsException e) {
      LOG.log(Level.DEBUG, e.getMessage());
      return e.errno() != Errno.EEXIST;
    }
  }

  /// NOTIFY_INVAL_ENTRY: whatever the kernel has under that name, it looks again.
  private void forget(long parent, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    reply.int64(0, parent);
    reply.int32(8, bytes.length);
    reply.int32(12, 0);
    reply.bytes(16, bytes);
    reply.zero(16 + bytes.length, 1);
    send(NOTIFY_INVAL_ENTRY, 16 + bytes.length + 1);
  }

  /// NOTIFY_INVAL_INODE: whatever the kernel has read of a file or directory, it reads again.
  private void invalidate(File<?> file) {
    Known known = nodes.findKnown(file);
    if (known != null) {
      known.size(-1);
      invalidate(known);
    }
  }

  private void invalidate(Known known) {
    reply.int64(0, known.id());
    reply.int64(8, 0);
    reply.int64(16, -1);
    send(NOTIFY_INVAL_INODE, 24);
  }

  /// That the kernel does not know what a notice is about is no error: it has nothing to forget.
  private void send(int code, int size) {
    int length = reply.finishNotice(code, size);
    SystemCalls.ofThread().write(channel.number(), reply.address(), length);
  }
}
