package org.driverfs.fuse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.fuse.Notices.Notice;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Node;
import org.driverfs.tree.TreeListener;
import org.jspecify.annotations.Nullable;

/// Tells the kernel what has changed, from threads of its own that hold no lock.
///
/// FUSE has no notification that an entry was created, and the one for a deletion does not reach
/// those who watch the directory. So [NameCalls] calls mkdir, mknod, symlink, unlink and rmdir on
/// the mount itself. The kernel asks a worker, which knows the request by its thread number, and
/// answers with the node that is there or was there: the names of the kernel are right then, and
/// inotify watchers hear CREATE and DELETE. A directory that the kernel does not know is not
/// watched, and nothing is done for it.
///
/// The kernel may keep a [Teller] waiting for a lock that a request in flight holds, for as long as
/// a driver hangs. It is left to that after a moment, and another one tells of what is elsewhere.
/// After [#PATIENCE] the request that is in the way is answered in its driver's stead, so that
/// nobody else who needs the lock waits longer. Nobody waits for all this but [#settle], which has
/// a deadline.
///
/// What could not be told, or not even be noted, is lost: then the kernel is made to look again at
/// all that it knows.
final class Notifier implements TreeListener {
  private static final int ATTEMPTS = 3;
  private static final long SETTLE_LOOK_MILLIS = 100;
  private static final long SWEEP_AGAIN = TimeUnit.SECONDS.toNanos(1);

  /// After a sweep, so many times as long without one.
  private static final int TIMES_BETWEEN_SWEEPS = 9;

  /// How long others wait for a change to be told of.
  private static final Duration MOMENT = Duration.ofMillis(10);

  /// How long a change waits for a driver that is called in the directory or file that changes.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /// The same for a directory that was removed: nothing that is found there is of use to anybody.
  private static final Duration PATIENCE_WITH_REMOVED = Duration.ofMillis(250);

  /// How often tellers that are late are looked at.
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Notices notices = new Notices();
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Session session;
  private final Path mountPoint;
  private final Descriptor channel;
  private final KernelCache kernel;

  /// The first of them stays; more come and go as they are needed.
  private final List<Teller> tellers = new CopyOnWriteArrayList<>();

  private final AtomicInteger failures = new AtomicInteger();
  private volatile @Nullable VitalThread thread;

  // Of this notifier's own thread.
  private @Nullable Notice current;
  private int attempts;
  private boolean sweepIsDue;
  private long nextSweep = System.nanoTime();

  Notifier(
      KnownNodes nodes,
      OpenDirectories directories,
      Session session,
      Path mountPoint,
      Descriptor channel) {
    this.nodes = nodes;
    this.directories = directories;
    this.session = session;
    this.mountPoint = mountPoint;
    this.channel = channel;
    this.kernel = new KernelCache(channel);
  }

  void start() {
    addTeller();
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
    while (added && !settled.latch().await(SETTLE_LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (notices.hasEnded()) {
        return;
      }
      if (!isAlive()) {
        throw new DriverfsException(
            Errno.EIO, "settle", "a thread that tells the kernel has ended; mount anew");
      }
      if (most.minusNanos(System.nanoTime() - begin).isNegative()) {
        notices.drop(settled);
        throw new DriverfsException(Errno.ETIMEDOUT, "settle", waitingAfter(most));
      }
    }
  }

  private String waitingAfter(Duration most) {
    var message =
        new StringBuilder(
            "the kernel has not been told of %d changes after %d ms"
                .formatted(notices.size(), most.toMillis()));
    for (Teller teller : tellers) {
      Notices.Entry late = teller.lateWith(MOMENT);
      if (late != null) {
        message.append("; a client keeps it from '%s' of %s".formatted(late.name(), late.parent()));
      }
    }
    return message.toString();
  }

  void stop() {
    notices.end();
    if (thread == null) {
      tellers.forEach(Teller::end);
    }
  }

  /// Waits until the threads that tell the kernel have ended.
  ///
  /// @return false if one has not after that time
  boolean join(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    VitalThread started = thread;
    boolean isOver = started == null || started.join(time);
    for (Teller teller : tellers) {
      isOver &= teller.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    return isOver;
  }

  int waiting() {
    return notices.size();
  }

  /// How many turns of the threads have failed.
  int failures() {
    VitalThread started = thread;
    int all = failures.get() + (started == null ? 0 : started.failures());
    return all + tellers.stream().mapToInt(Teller::failures).sum();
  }

  /// Whether the kernel will be told.
  boolean isAlive() {
    VitalThread started = thread;
    return started != null && started.isAlive() && tellers.stream().allMatch(Teller::isAlive);
  }

  /// The teller that a request comes from; null if it comes from a client.
  @Nullable Teller findTeller(Frame frame) {
    for (Teller teller : tellers) {
      if (teller.isOwn(frame)) {
        return teller;
      }
    }
    return null;
  }

  /// Passes one notice on, in a turn of its own, which lets go of it before the next is waited for.
  private boolean takeTurn() throws InterruptedException {
    if (notices.hasEnded()) {
      if (current instanceof Notices.Settled settled) {
        settled.latch().countDown();
      }
      tellers.forEach(Teller::end);
      return false;
    }
    if (current == null) {
      attempts = 0;
      current = notices.take(untilNextLook());
    }
    if (current != null) {
      passOn(current);
    }
    tellers.forEach(this::hurry);
    dismissIdle();
    if (sweepIsDue && System.nanoTime() - nextSweep >= 0) {
      sweep();
    }
    return true;
  }

  private long untilNextLook() {
    boolean looks = tellers.size() > 1 || !tellers.getFirst().isIdle();
    return Math.min(
        looks ? LOOK_NANOS : Long.MAX_VALUE,
        sweepIsDue ? nextSweep - System.nanoTime() : Long.MAX_VALUE);
  }

  private void passOn(Notice notice) throws InterruptedException {
    if (++attempts > ATTEMPTS && !(notice instanceof Notices.Settled)) {
      notices.lose();
      told(notice);
      return;
    }
    switch (notice) {
      case Notices.Entry _, Notices.Changed _, Notices.Lost _ -> tell(notice);
      case Notices.Poll it -> {
        kernel.wakePoller(it.kernelHandle());
        told(it);
      }
      case Notices.Removal it -> {
        sweepIsDue = true;
        told(it);
      }
      case Notices.Settled it -> {
        if (sweepIsDue) {
          sweep();
        }
        told(it);
        it.latch().countDown();
      }
    }
  }

  private void told(Notice notice) {
    notices.told(notice);
    current = null;
  }

  /// Has the kernel told of a notice, and waits for that for a moment.
  private void tell(Notice notice) throws InterruptedException {
    sweepIsDue |= notice instanceof Notices.Lost;
    for (Teller teller : tellers) {
      if (teller.begin(notice)) {
        current = null;
        boolean _ = teller.awaitIdle(MOMENT);
        return;
      }
    }
    addTeller(); // which has it in the next turn
  }

  private void addTeller() {
    var teller = new Teller(notices, nodes, mountPoint, channel);
    boolean isAdded = false;
    try {
      isAdded = tellers.add(teller);
    } finally {
      if (!isAdded) {
        teller.end();
      }
    }
  }

  /// Lets requests go that hold what a teller has waited for long enough.
  private void hurry(Teller teller) {
    long read = teller.lateAt(PATIENCE);
    if (read != 0) {
      session.answerReaders(read, Errno.EAGAIN);
    }
    Notices.Entry late = teller.lateWith(PATIENCE_WITH_REMOVED);
    if (late == null) {
      return;
    }
    boolean isLong = teller.lateWith(PATIENCE) != null;
    boolean isGone = late.parent().isRemoved();
    if (late.removed() != null && (isLong || isGone || late.removed() instanceof Directory<?>)) {
      answer(late.removed(), Errno.ENODEV);
    }
    if (isLong || isGone) {
      answer(late.parent(), isGone ? Errno.ENODEV : Errno.EAGAIN);
    }
    if (teller.lateWith(PATIENCE.multipliedBy(2)) != null) {
      session.answerHoldersFor(PATIENCE, Errno.EAGAIN); // a rename locks two directories
    }
  }

  /// Answers the requests that keep the kernel's lock of a node, and are in the code of drivers.
  private void answer(Node node, Errno errno) {
    Known known = nodes.findKnown(node);
    if (known != null) {
      session.answerHolders(known.id(), errno);
    }
  }

  /// Lets all tellers go but the first, when none has anything to tell.
  private void dismissIdle() {
    if (current == null && tellers.stream().allMatch(Teller::isIdle)) {
      for (int last = tellers.size() - 1; last > 0; last--) {
        Teller gone = tellers.remove(last);
        gone.end();
        failures.addAndGet(gone.failures());
      }
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
}
