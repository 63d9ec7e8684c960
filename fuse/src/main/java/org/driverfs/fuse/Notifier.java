package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.fuse.NameCalls.Call;
import org.driverfs.fuse.Notices.Notice;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.Descriptor;
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
/// waits for it but [#settle], which has a deadline.
///
/// What fails is tried again. What could not be told, or not even be noted, is lost: then the
/// kernel is made to look again at all that it knows.
final class Notifier implements TreeListener {
  private static final Logger LOG = System.getLogger("driverfs.fuse");
  private static final Notice LOST = new Notices.Lost();
  private static final int ATTEMPTS = 3;
  private static final long LOOK_MILLIS = 100;
  private static final long SWEEP_AGAIN = TimeUnit.SECONDS.toNanos(1);

  /// For each time that a sweep takes, so many are for notices.
  private static final int TIMES_BETWEEN_SWEEPS = 9;

  /// What this thread asks of the kernel now.
  ///
  /// @param parent the number of the directory
  /// @param node what is made, or what is left of what is removed
  /// @param removes whether it is removed
  /// @param asOf for what is made, see [KnownNodes#remember]
  private record Own(
      Directory<?> directory, long parent, String name, Node node, boolean removes, long asOf) {
    static Own removing(Notices.Entry entry, Known parent, Node node) {
      return new Own(entry.parent(), parent.id(), entry.name(), node, true, 0);
    }

    static Own making(Notices.Entry entry, Known parent, Node node) {
      return new Own(entry.parent(), parent.id(), entry.name(), node, false, entry.asOf());
    }
  }

  private final Notices notices = new Notices();
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Path mountPoint;
  private final KernelCache kernel;
  private final NameCalls names = new NameCalls();
  private volatile @Nullable VitalThread thread;
  private volatile @Nullable Own own;

  // Of this notifier's own thread.
  private @Nullable Notice current;
  private int attempts;
  private boolean sweepIsDue;
  private long nextSweep = System.nanoTime();

  Notifier(KnownNodes nodes, OpenDirectories directories, Path mountPoint, Descriptor channel) {
    this.nodes = nodes;
    this.directories = directories;
    this.mountPoint = mountPoint;
    this.kernel = new KernelCache(channel);
  }

  void start() {
    thread = VitalThread.start("driverfs-fuse-notifier", this::takeTurn);
  }

  @Override
  public void created(Node node) {
    try {
      Directory<?> parent = node.parent();
      if (parent != null && nodes.findKnown(parent) != null) {
        notices.add(new Notices.Entry(parent, node.name(), null, node, nodes.withdrawals()));
      }
    } catch (Error e) {
      notices.lose(); // whoever changes the tree need not know: there was no memory
    }
  }

  @Override
  public void removed(Directory<?> parent, String name, Node node) {
    try {
      if (nodes.findKnown(parent) != null) {
        if (node.isOnDemand()) {
          nodes.withdraw(node);
        }
        notices.add(new Notices.Entry(parent, name, node.tombstone(), null, 0));
      }
      notices.add(new Notices.Removal());
    } catch (Error e) {
      notices.lose();
    }
  }

  @Override
  public void changed(File<?> file) {
    try {
      if (file.entry().isConstant() && nodes.findKnown(file) != null) {
        notices.add(new Notices.Changed(file));
      }
    } catch (Error e) {
      notices.lose();
    }
  }

  void wakePollers(long kernelHandle) {
    notices.add(new Notices.Poll(kernelHandle));
  }

  /// Waits until the kernel has been told of all that has happened before, and what was removed has
  /// been let go. Does nothing after [#stop].
  ///
  /// @throws DriverfsException ETIMEDOUT if that is not so after that time; EIO if it never will be
  void settle(Duration most) throws InterruptedException {
    var settled = new Notices.Settled(new CountDownLatch(1));
    long begin = System.nanoTime();
    boolean added = notices.add(settled);
    while (added && !settled.latch().await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (notices.hasEnded()) {
        return;
      }
      if (!isAlive()) {
        throw new DriverfsException(
            Errno.EIO, "settle", "the thread that tells the kernel has ended; mount anew");
      }
      if (most.minusNanos(System.nanoTime() - begin).isNegative()) {
        notices.drop(settled);
        throw new DriverfsException(Errno.ETIMEDOUT, "settle", waitingAfter(most));
      }
    }
  }

  private String waitingAfter(Duration most) {
    Own now = own;
    int waiting = notices.size() + (now == null ? 0 : 1);
    return "the kernel has not been told of %d changes after %d ms%s"
        .formatted(
            waiting,
            most.toMillis(),
            now == null ? "" : "; a client keeps it from '" + now.name + "' of " + now.directory);
  }

  void stop() {
    notices.end();
    if (thread == null) {
      names.close();
    }
  }

  /// Waits until the thread has ended.
  ///
  /// @return false if it has not after that time
  boolean join(Duration time) throws InterruptedException {
    VitalThread started = thread;
    return started == null || started.join(time);
  }

  int waiting() {
    return notices.size();
  }

  /// How many turns of the two threads have failed.
  int failures() {
    VitalThread started = thread;
    return (started == null ? 0 : started.failures()) + names.failures();
  }

  /// Whether the kernel will be told.
  boolean isAlive() {
    VitalThread started = thread;
    return started != null && started.isAlive() && names.isAlive();
  }

  /// Whether a request comes from the thread that makes and removes names.
  boolean isOwn(Frame frame) {
    return frame.thread() == names.thread();
  }

  /// Whether a request about an entry is what this notifier asks of the kernel.
  boolean isOwn(Frame frame, String name) {
    Own now = own;
    return now != null && isOwn(frame) && frame.node() == now.parent && name.equals(now.name);
  }

  /// What a lookup of our own finds: nothing that is about to be made, but what is removed, and the
  /// directories on the way to it. No code but ours is run for it: it would keep this waiting.
  @Nullable Known answerToLookup(Frame frame, String name) {
    Own now = own;
    if (now == null) {
      return null;
    }
    if (isOwn(frame, name)) {
      return now.removes ? nodes.recall(now.node) : null;
    }
    for (Directory<?> way = now.directory; way != null; way = way.parent()) {
      Directory<?> up = way.parent();
      Known known = up == null || !name.equals(way.name()) ? null : nodes.findKnown(up);
      if (known != null && known.id() == frame.node()) {
        return nodes.again(way);
      }
    }
    return null;
  }

  /// What a request that [#isOwn] makes; nothing if that has gone already.
  @Nullable Known made() {
    Own now = own;
    return now == null || now.removes ? null : nodes.remember(now.node, now.asOf);
  }

  /// Tells one thing, in a turn of its own, which lets go of it before the next is waited for.
  private boolean takeTurn() throws InterruptedException {
    if (notices.hasEnded()) {
      letWaitingGo();
      names.close();
      return false;
    }
    Notice next = current == null ? awaitNext() : tryAgain();
    if (next != null) {
      current = next;
      tell(next);
      current = null;
      attempts = 0;
    }
    if (sweepIsDue && System.nanoTime() - nextSweep >= 0) {
      sweep();
    }
    return true;
  }

  private @Nullable Notice awaitNext() throws InterruptedException {
    Notice next = notices.take(sweepIsDue ? nextSweep - System.nanoTime() : Long.MAX_VALUE);
    return next == null && notices.takeLost() ? LOST : next;
  }

  /// What has failed before, unless it did so too often.
  private @Nullable Notice tryAgain() {
    if (++attempts < ATTEMPTS) {
      return current;
    }
    current = null;
    attempts = 0;
    notices.lose();
    return null;
  }

  private void letWaitingGo() {
    if (current instanceof Notices.Settled settled) {
      settled.latch().countDown();
    }
  }

  /// Lets go of what was removed. However much comes and goes, this takes a small part of the time.
  private void sweep() {
    long begin = System.nanoTime();
    try {
      nodes.sweep();
      sweepIsDue = !directories.sweep();
    } finally {
      long end = System.nanoTime();
      nextSweep = end + TIMES_BETWEEN_SWEEPS * (end - begin) + (sweepIsDue ? SWEEP_AGAIN : 0);
    }
  }

  private void tell(Notice notice) {
    switch (notice) {
      case Notices.Entry it -> announce(it);
      case Notices.Changed it -> invalidate(it.file());
      case Notices.Poll it -> kernel.wakePoller(it.kernelHandle());
      case Notices.Removal _ -> sweepIsDue = true;
      case Notices.Lost _ -> lookAgain();
      case Notices.Settled it -> {
        if (notices.takeLost()) {
          lookAgain();
        }
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
        own = Own.removing(entry, parent, entry.removed());
        perform(path, removed, true);
        kernel.forget(parent.id(), entry.name());
      }
      if (entry.created() != null) {
        own = Own.making(entry, parent, entry.created());
        create(parent, path, entry.name(), entry.created());
      }
      kernel.invalidate(parent.id()); // the listing, also if all that came to nothing
    } finally {
      own = null;
    }
  }

  /// The kernel may have the name already, because somebody looked before this thread came to it:
  /// then it is made to forget it, and asked again.
  private void create(Known parent, String path, String name, Node node) {
    for (int attempt = 1; !perform(path, node, false) && attempt < ATTEMPTS; attempt++) {
      kernel.forget(parent.id(), name);
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

  private void invalidate(File<?> file) {
    Known known = nodes.findKnown(file);
    if (known != null) {
      known.size(-1);
      kernel.invalidate(known.id());
    }
  }

  /// Whatever the kernel knows may be another: nobody knows what was lost.
  private void lookAgain() {
    boolean told = false;
    try {
      for (Known known : nodes.all()) {
        known.size(-1);
        kernel.invalidate(known.id());
      }
      sweepIsDue = true;
      told = true;
    } finally {
      if (!told) {
        notices.lose();
      }
    }
  }
}
