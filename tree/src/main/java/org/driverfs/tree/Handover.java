package org.driverfs.tree;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// Open files on their way from one owner to another: the old version of a driver and the new one.
/// Their clients notice nothing but that a call takes its time.
///
/// [Directory#beginHandover] lets reads, writes and polls wait. [#await] waits for those inside a
/// callback. Then either [#cancel], and all is as it was, or [#detach], which closes what was
/// opened and puts the old owner, and after it [#resume], which opens the same places with the new
/// one. A client reads on in the text that it has begun, and sees a new one when it begins anew.
/// One that closes its file meanwhile has closed it, and one whose object goes hears ENODEV.
///
/// What is opened meanwhile waits in the `get` of the old owner. Somebody who was opening or
/// closing a file when this began may have that owner pinned for longer, and gives it back without
/// being told: the count of the owner says when nobody uses it.
///
/// For one thread at a time; docs/locking.md says how it gets along with all others.
public final class Handover {
  private enum Phase {
    SUSPENDED,
    DETACHED,
    OVER
  }

  private static final Logger LOG = System.getLogger("driverfs.tree");

  /// How often those inside are looked for: nobody who leaves a file pays for telling.
  private static final long LOOK_NANOS = 50_000;

  private final Directory<?> directory;
  private final Predicate<Subsystem<?>> owners;
  private final List<OpenFile> files = new ArrayList<>();
  private final List<OpenFile> inside = new ArrayList<>();
  private Phase phase = Phase.SUSPENDED;

  private Handover(Directory<?> directory, Predicate<Subsystem<?>> owners) {
    this.directory = directory;
    this.owners = owners;
  }

  /// It is there for those who open before it looks for what is open: whoever it misses sees it.
  static Handover begin(Directory<?> directory, Predicate<Subsystem<?>> owners) {
    var handover = new Handover(directory, owners);
    if (!directory.tree().openFiles().enter(directory, handover)) {
      throw new DriverfsException(Errno.EBUSY, directory.path(), "is being handed over already");
    }
    try {
      for (OpenFile open : directory.openFiles(_ -> true)) {
        if (handover.concerns(open.owner()) && open.suspend()) {
          handover.files.add(open);
        }
      }
    } catch (RuntimeException | Error e) {
      handover.cancel();
      throw e;
    }
    handover.inside.addAll(handover.files);
    return handover;
  }

  /// How many open files there are to be handed over.
  public int size() {
    return files.size();
  }

  /// Waits for those who are inside a callback.
  ///
  /// @param deadline how long at most
  /// @return false if some stay inside; then call this again, or [#cancel]
  /// @throws InterruptedException if the thread is interrupted; nothing has changed then
  public boolean await(Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      inside.removeIf(OpenFile::isAlone);
      if (inside.isEmpty()) {
        return true;
      }
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /// Lets everybody go on as before.
  ///
  /// @throws IllegalStateException after [#detach]
  public void cancel() {
    require(phase == Phase.SUSPENDED);
    for (OpenFile open : files) {
      open.goOn();
      open.put();
    }
    end();
  }

  /// Closes what was opened and puts the old owner, once for each file. When this returns, nothing
  /// of the old owner runs for these files, or is referenced by them.
  ///
  /// @throws IllegalStateException before [#await] has answered true, or a second time
  public void detach() {
    require(phase == Phase.SUSPENDED && inside.isEmpty());
    phase = Phase.DETACHED;
    var closed = new CountDownLatch(files.size());
    for (OpenFile open : files) {
      Backing<?> before = open.backing();
      open.standOn(before.detached());
      before.close(closed::countDown);
      open.put();
    }
    Uninterruptibly.pause(closed::await);
  }

  /// Opens, for each file, what has its place now, and lets those go on who wait. A file whose
  /// place nobody has, or that cannot be opened there, is revoked: it answers ENODEV.
  ///
  /// @param where the directory that was handed over; or the one that takes its place, to which the
  ///   files belong from then on
  /// @throws IllegalStateException before [#detach], or a second time
  public void resume(Directory<?> where) {
    require(phase == Phase.DETACHED);
    for (OpenFile open : files) {
      if (open.get()) { // it has not been closed or revoked meanwhile
        resume(open, where.anchor());
        open.put();
      }
    }
    end();
  }

  private static void resume(OpenFile open, Directory<?> where) {
    boolean stands = false;
    try {
      stands = open.backing().file().counterpart(where) instanceof File<?> file && move(open, file);
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, open.path() + " cannot be handed over: " + e.getMessage());
    } catch (RuntimeException | Error e) { // a bug here; the others are handed over all the same
      LOG.log(Level.ERROR, open.path() + " cannot be handed over", e);
    }
    if (stands) {
      open.goOn();
      open.wakePoller(); // what it waits for, the new content does not know of
    } else {
      open.revoke();
    }
  }

  /// An owner that goes meanwhile is found out as in [OpenFiles#open].
  ///
  /// @return false if the file cannot be kept there
  private static boolean move(OpenFile open, File<?> file) {
    Backing<?> before = open.backing();
    Directory<?> from = before.file().anchor();
    Directory<?> to = file.anchor();
    OpenFiles openFiles = to.tree().openFiles();
    int revocations = openFiles.revocations(to); // before anything is pinned
    Backing<?> after =
        from == to
            ? Backing.openPinned(file, open.mode(), open.caller(), before.text())
            : Backing.open(file, open.mode(), open.caller(), before.text());
    if (after == null) {
      return false;
    }
    open.standOn(after);
    if (from != to) {
      from.drop(open);
      Backing.unpinObject(before.file());
      if (!to.keep(open)) {
        return false;
      }
    }
    return openFiles.revocations(to) == revocations || after.isStillOwned();
  }

  /// Whether the files of an owner are handed over.
  boolean concerns(@Nullable Subsystem<?> owner) {
    return owner != null && owners.test(owner);
  }

  /// Whoever has been opening all the time looks whether its owner is there still, and is told to
  /// before this is not to be found any more.
  private void end() {
    phase = Phase.OVER;
    files.clear();
    directory.overtake();
    directory.tree().openFiles().leave(directory, this);
  }

  private static void require(boolean isRightTime) {
    if (!isRightTime) {
      throw new IllegalStateException("await, then detach, then resume; or cancel");
    }
  }
}
