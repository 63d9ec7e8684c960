package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.fuse.NameCalls.Call;
import org.driverfs.fuse.Notices.Notice;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// Tells the kernel of one notice at a time, in a thread that the kernel may keep waiting.
///
/// What fails is tried again. What fails too often is lost, which [Notices#lose] is told.
final class Teller {
  private static final Logger LOG = System.getLogger("driverfs.fuse");
  private static final int ATTEMPTS = 3;

  /// What is asked of the kernel now.
  ///
  /// @param parent the number of the directory
  /// @param node what is made, or what is left of what is removed
  /// @param removes whether it is removed
  private record Own(Notices.Entry entry, long parent, Node node, boolean removes) {}

  private final Notices notices;
  private final KnownNodes nodes;
  private final Path mountPoint;
  private final KernelCache kernel;
  private final NameCalls names;
  private final VitalThread thread;
  private volatile @Nullable Own own;

  /// Whose pages the kernel is to drop now, and since when; 0 for nobody's.
  private volatile long dropping;

  private volatile long droppingSince;

  /// What is being told, and since when. Guarded by the monitor of this, as is whether it ends.
  private @Nullable Notice inHand;

  private long since;
  private boolean ended;

  private int attempts; // of the thread

  /// @throws OutOfMemoryError if there is no thread to be had; then nothing is left behind
  Teller(Notices notices, KnownNodes nodes, Path mountPoint, Descriptor channel) {
    this.notices = notices;
    this.nodes = nodes;
    this.mountPoint = mountPoint;
    this.kernel = new KernelCache(channel);
    this.names = new NameCalls();
    VitalThread started = null;
    try {
      started = VitalThread.start("driverfs-fuse-teller", this::takeTurn);
    } finally {
      if (started == null) {
        names.close();
      }
    }
    this.thread = started;
  }

  /// Begins to tell, unless this is still at another notice.
  synchronized boolean begin(Notice notice) {
    if (inHand != null || ended) {
      return false;
    }
    since = System.nanoTime();
    inHand = notice;
    notifyAll();
    return true;
  }

  /// Waits until this has nothing in hand.
  ///
  /// @return false if that takes longer
  synchronized boolean awaitIdle(Duration most) throws InterruptedException {
    return Deadline.await(this, most, () -> inHand == null);
  }

  /// Which change of a directory this has been telling of for some time.
  synchronized Notices.@Nullable Entry lateWith(Duration time) {
    boolean isLate = System.nanoTime() - since >= time.toNanos();
    return isLate && inHand instanceof Notices.Entry entry ? entry : null;
  }

  /// The file or directory whose pages the kernel has not dropped for some time; 0 for none.
  long lateAt(Duration time) {
    long node = dropping;
    return System.nanoTime() - droppingSince >= time.toNanos() ? node : 0;
  }

  private synchronized @Nullable Notice awaitNext() throws InterruptedException {
    while (inHand == null && !ended) {
      wait();
    }
    return inHand;
  }

  private boolean takeTurn() throws InterruptedException {
    Notice notice = awaitNext();
    if (notice == null || notices.hasEnded()) {
      names.close();
      return false;
    }
    if (attempts < ATTEMPTS) {
      attempts++;
      tell(notice);
    } else {
      notices.lose();
    }
    attempts = 0;
    letGo();
    notices.told(notice); // last, so that whoever hears of it finds this idle
    return true;
  }

  private synchronized void letGo() {
    inHand = null;
    notifyAll();
  }

  private void tell(Notice notice) {
    switch (notice) {
      case Notices.Entry it -> announce(it);
      case Notices.Changed it -> invalidate(it.file());
      case Notices.Lost _ -> lookAgain();
      case Notices.Poll _, Notices.Removal _, Notices.Settled _ -> {} // nobody waits for these
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
        own = new Own(entry, parent.id(), entry.removed(), true);
        perform(path, removed, true);
        kernel.forget(parent.id(), entry.name());
      }
      if (entry.created() != null) {
        own = new Own(entry, parent.id(), entry.created(), false);
        create(parent, path, entry.name(), entry.created());
      }
      drop(parent); // the listing, also if all that came to nothing
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
      drop(known);
    }
  }

  /// Lets the kernel drop what it has read there: it waits for whoever reads it now.
  private void drop(Known known) {
    droppingSince = System.nanoTime();
    dropping = known.id();
    try {
      kernel.invalidate(known.id());
    } finally {
      dropping = 0;
    }
  }

  /// Whatever the kernel knows may be another: nobody knows what was lost.
  private void lookAgain() {
    for (Known known : nodes.all()) {
      known.size(-1);
      drop(known);
    }
  }

  /// Whether a request comes from the thread that makes and removes names.
  boolean isOwn(Frame frame) {
    return frame.thread() == names.thread();
  }

  /// Whether a request that [#isOwn] is about the entry in hand, and not one on the way to it.
  boolean isAbout(Frame frame, String name) {
    Own now = own;
    return now != null && frame.node() == now.parent && name.equals(now.entry.name());
  }

  /// What a lookup of our own finds: nothing that is about to be made, but what is removed, and the
  /// directories on the way to it. No code but ours is run for it: it would keep this waiting.
  @Nullable Known answerToLookup(Frame frame, String name) {
    Own now = own;
    if (now == null) {
      return null;
    }
    if (isAbout(frame, name)) {
      return now.removes ? nodes.recall(now.node) : null;
    }
    for (Directory<?> way = now.entry.parent(); way != null; way = way.parent()) {
      Directory<?> up = way.parent();
      Known known = up == null || !name.equals(way.name()) ? null : nodes.findKnown(up);
      if (known != null && known.id() == frame.node()) {
        return nodes.again(way);
      }
    }
    return null;
  }

  /// What a request that [#isAbout] the entry makes; nothing if that has gone already.
  @Nullable Known made() {
    Own now = own;
    return now == null || now.removes ? null : nodes.remember(now.node, now.entry.asOf());
  }

  /// A request that [#isAbout] the entry removes it: called before the kernel hears that it may.
  /// What comes in its place may be what the kernel has there already, since somebody looked.
  void removing() {
    Own now = own;
    if (now != null && now.node instanceof Directory<?>) {
      nodes.bury(now.node);
      if (now.entry.created() != null) {
        nodes.bury(now.entry.created());
      }
    }
  }

  synchronized boolean isIdle() {
    return inHand == null;
  }

  /// Begins nothing from now on.
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /// Waits until the thread has ended.
  ///
  /// @return false if it has not after that time
  boolean join(Duration time) throws InterruptedException {
    return thread.join(time);
  }

  /// How many turns of the two threads have failed.
  int failures() {
    return thread.failures() + names.failures();
  }

  /// Whether this can tell something, or need not any more.
  synchronized boolean isAlive() {
    return ended || (thread.isAlive() && names.isAlive());
  }
}
