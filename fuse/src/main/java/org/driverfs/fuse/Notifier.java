package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.fuse.NameCalls.Call;
import org.driverfs.fuse.Notices.Notice;
import org.driverfs.posix.Descriptor;
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
/// those who watch the directory. So [NameCalls] calls mkdir, mknod, symlink, unlink and rmdir on
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

  /// For each time that a sweep takes, so many are for notices.
  private static final int TIMES_BETWEEN_SWEEPS = 9;

  /// What this thread asks of the kernel now.
  ///
  /// @param node what is made, or what is left of what is removed
  /// @param removes whether it is removed
  /// @param asOf for what is made, see [KnownNodes#remember]
  private record Own(long parent, String name, Node node, boolean removes, long asOf) {}

  private final Notices notices = new Notices();
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Path mountPoint;
  private final Descriptor channel;
  private final Reply reply;
  private final Arena arena = Arena.ofShared();
  private final NameCalls names = new NameCalls();
  private volatile @Nullable Own own;

  // Of this notifier's own thread.
  private boolean sweepIsDue;
  private long nextSweep = System.nanoTime();

  Notifier(KnownNodes nodes, OpenDirectories directories, Path mountPoint, Descriptor channel) {
    this.nodes = nodes;
    this.directories = directories;
    this.mountPoint = mountPoint;
    this.channel = channel;
    this.reply = new Reply(arena.allocate(MAX_NOTICE, 8));
  }

  @Override
  public void created(Node node) {
    Directory<?> parent = node.parent();
    if (parent != null && nodes.findKnown(parent) != null) {
      notices.add(new Notices.Entry(parent, node.name(), null, node, nodes.withdrawals()));
    }
  }

  @Override
  public void removed(Directory<?> parent, String name, Node node) {
    if (nodes.findKnown(parent) != null) {
      if (node.isOnDemand()) {
        nodes.withdraw(node);
      }
      notices.add(new Notices.Entry(parent, name, node.tombstone(), null, 0));
    }
    notices.add(new Notices.Removal());
  }

  @Override
  public void changed(File<?> file) {
    if (file.entry().isConstant() && nodes.findKnown(file) != null) {
      notices.add(new Notices.Changed(file));
    }
  }

  void wakePollers(long kernelHandle) {
    notices.add(new Notices.Poll(kernelHandle));
  }

  /// Waits until the kernel has been told of all that has happened before, and what was removed has
  /// been let go.
  void settle() throws InterruptedException {
    var latch = new CountDownLatch(1);
    if (notices.add(new Notices.Settled(latch))) {
      latch.await();
    }
  }

  void stop() {
    notices.end();
  }

  int waiting() {
    return notices.size();
  }

  /// Whether a request about an entry is this notifier's own.
  boolean isOwn(Frame frame, String name) {
    Own now = own;
    return now != null
        && frame.thread() == names.thread()
        && frame.node() == now.parent
        && name.equals(now.name);
  }

  /// What a lookup that [#isOwn] finds: nothing that is about to be made, but what is removed.
  @Nullable Known answerToLookup() {
    Own now = own;
    return now != null && now.removes ? nodes.recall(now.node) : null;
  }

  /// What a request that [#isOwn] makes; nothing if that has gone already.
  @Nullable Known made() {
    Own now = own;
    return now == null || now.removes ? null : nodes.remember(now.node, now.asOf);
  }

  @Override
  public void run() {
    try {
      while (!notices.hasEnded()) {
        tellNext();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      notices.end();
      names.close();
      arena.close();
    }
  }

  /// In a frame of its own, which lets go of the notice before the next one is waited for.
  private void tellNext() throws InterruptedException {
    Notice next = notices.take(sweepIsDue ? nextSweep - System.nanoTime() : Long.MAX_VALUE);
    if (next != null) {
      tell(next);
    }
    if (sweepIsDue && System.nanoTime() - nextSweep >= 0) {
      sweep();
    }
  }

  /// Lets go of what was removed. However much comes and goes, this takes a small part of the time.
  private void sweep() {
    long begin = System.nanoTime();
    sweepIsDue = false;
    nodes.sweep();
    directories.sweep();
    long end = System.nanoTime();
    nextSweep = end + TIMES_BETWEEN_SWEEPS * (end - begin);
  }

  private void tell(Notice notice) {
    switch (notice) {
      case Notices.Entry it -> announce(it);
      case Notices.Changed it -> invalidate(it.file());
      case Notices.Poll it -> {
        reply.int64(0, it.kernelHandle());
        send(NOTIFY_POLL, 8);
      }
      case Notices.Removal _ -> sweepIsDue = true;
      case Notices.Settled it -> {
        if (sweepIsDue) {
          sweep();
        }
        it.latch().countDown();
      }
    }
  }

  private void announce(Notices.Entry entry) {
    Known parent = nodes.findKnown(entry.parent());
    if (parent == null || entry.parent().isRemoved()) {
      return;
    }
    String path = mountPoint + "/" + entry.parent().path() + "/" + entry.name();
    try {
      if (entry.removed() != null) {
        Known known = nodes.findKnown(entry.removed());
        Node removed = known == null ? entry.removed() : known.node(); // a directory or not, to it
        own = new Own(parent.id(), entry.name(), entry.removed(), true, 0);
        perform(path, removed, true);
        forget(parent.id(), entry.name());
      }
      if (entry.created() != null) {
        own = new Own(parent.id(), entry.name(), entry.created(), false, entry.asOf());
        create(parent, path, entry.name(), entry.created());
      }
      invalidate(parent); // the listing, also if all that came to nothing
    } finally {
      own = null;
    }
  }

  /// The kernel may have the name already, because somebody looked before this thread came to it:
  /// then it is made to forget it, and asked again.
  private void create(Known parent, String path, String name, Node node) {
    for (int attempt = 1; !perform(path, node, false) && attempt < ATTEMPTS; attempt++) {
      forget(parent.id(), name);
    }
  }

  /// @return false if the name is there already
  private boolean perform(String path, Node node, boolean removes) {
    Call call =
        switch (node) {
          case Directory<?> _ when removes -> Call.REMOVE_DIRECTORY;
          case Node _ when removes -> Call.UNLINK;
          case Directory<?> _ -> Call.MAKE_DIRECTORY;
          case Link _ -> Call.MAKE_LINK;
          case File<?> _ -> Call.MAKE_NODE;
        };
    DriverfsException failure = names.perform(call, path);
    if (failure != null) {
      LOG.log(Level.DEBUG, failure.getMessage());
    }
    return failure == null || failure.errno() != Errno.EEXIST;
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
