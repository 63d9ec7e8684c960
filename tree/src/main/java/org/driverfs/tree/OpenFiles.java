package org.driverfs.tree;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.jspecify.annotations.Nullable;

/// All open files of a tree, whichever door they came through.
///
/// Opening is stringent: without a subsystem it fails; if the subsystem has the object counted, or
/// counts nothing, it goes on; if it refuses or throws, it fails. What was counted is given back
/// exactly once, however the file ends.
public final class OpenFiles {
  private static final int ATTEMPTS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// How often the end of a handover is looked for: nobody who ends one pays for telling.
  private static final long LOOK_NANOS = 50_000;

  private final Handles<OpenFile> handles = new Handles<>();

  /// How often [#revoke] has begun.
  private final AtomicInteger revocations = new AtomicInteger();

  /// Those that have begun and not ended, by the directory that keeps the files.
  private final Map<Directory<?>, Handover> handovers = new ConcurrentHashMap<>();

  OpenFiles() {}

  /// Opens a file. Whether the caller may do that is for the door to know.
  ///
  /// @param door who will close it; see [#closeAll]
  /// @throws DriverfsException ENOENT if the file was removed; EINVAL if its directory has no
  ///   subsystem; EACCES if it cannot be read or written at all; ENODEV if its object is going;
  ///   what the subsystem threw
  public OpenFile open(File<?> file, OpenMode mode, Caller caller, Object door) {
    File<?> now = file;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Directory<?> anchor = now.anchor();
      int before = revocations(anchor); // before anything is pinned
      Backing<?> backing = Backing.open(now, mode, caller, null);
      OpenFile open =
          backing == null ? null : keep(new OpenFile(backing, mode, caller, door), anchor);
      if (backing != null && open != null) {
        Subsystem<?> owner = backing.owner();
        boolean handedOver = isHandedOver(anchor, owner);
        if (!handedOver && (revocations(anchor) == before || backing.isStillOwned())) {
          return open;
        }
        close(open);
        if (handedOver) {
          awaitHandover(anchor, owner); // without keeping that owner
          continue;
        }
      }
      now = successor(now);
    }
    throw going(now);
  }

  /// @return null if it was revoked meanwhile
  private @Nullable OpenFile keep(OpenFile open, Directory<?> anchor) {
    open.opened(handles.add(open));
    if (anchor.keep(open)) {
      return open;
    }
    close(open);
    if (anchor.isRemoved()) {
      throw new DriverfsException(Errno.ENODEV, open.path(), "was removed");
    }
    return null;
  }

  /// What has the place of a file whose owner has gone.
  ///
  /// @throws DriverfsException ENODEV if that is the same entry, or none
  private static File<?> successor(File<?> file) {
    if (file.counterpart(file.anchor()) instanceof File<?> now && now.entry() != file.entry()) {
      return now;
    }
    throw going(file);
  }

  private static DriverfsException going(File<?> file) {
    return new DriverfsException(Errno.ENODEV, file.path(), "belongs to somebody who is going");
  }

  /// Whether the files of an owner are being handed over. If so, one that has just been kept may
  /// have been missed.
  private boolean isHandedOver(Directory<?> anchor, @Nullable Subsystem<?> owner) {
    Handover handover = handovers.get(anchor);
    return handover != null && handover.concerns(owner);
  }

  /// @throws DriverfsException EAGAIN if that takes longer than a client may wait; EINTR
  private void awaitHandover(Directory<?> anchor, @Nullable Subsystem<?> owner) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (isHandedOver(anchor, owner)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new DriverfsException(Errno.EINTR, anchor.path(), "the opening was interrupted");
      }
      if (System.nanoTime() - end >= 0) {
        throw new DriverfsException(
            Errno.EAGAIN, anchor.path(), "is on its way to another owner; try again");
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  /// @return false if the directory is being handed over already
  boolean enter(Directory<?> anchor, Handover handover) {
    return handovers.putIfAbsent(anchor, handover) == null;
  }

  void leave(Directory<?> anchor, Handover handover) {
    handovers.remove(anchor, handover);
  }

  /// How often files were revoked, there or everywhere. An opening that was kept is found by every
  /// later revocation; if this grew between its pinning and its keeping, one may have missed it.
  int revocations(Directory<?> anchor) {
    return anchor.revocations() + revocations.get();
  }

  /// The open file of a handle.
  ///
  /// @throws DriverfsException EBADF if it is not open
  public OpenFile require(long handle) {
    OpenFile open = handles.find(handle);
    if (open == null) {
      throw new DriverfsException(
          Errno.EBADF, "file handle " + handle, "is not open; it may have been closed before");
    }
    return open;
  }

  /// Closes an open file; does nothing if it is closed.
  public void close(OpenFile open) {
    handles.remove(open.handle());
    open.end();
  }

  /// Closes all that came through one door, which is closed itself.
  public void closeAll(Object door) {
    closeAll(door, Runnable::run);
  }

  /// Closes all that came through one door, which is closed itself. Closing runs code that is not
  /// ours: so each is left to the executor, and one that hangs keeps nobody but its thread.
  ///
  /// @param executor given one task for each file
  public void closeAll(Object door, Executor executor) {
    for (OpenFile open : handles.all()) {
      if (door.equals(open.door())) {
        executor.execute(() -> close(open));
      }
    }
  }

  /// Lets those answer ENODEV from now on whose owner refuses users, and wakes whoever polls them.
  /// One that is being opened meanwhile is not: [#open] looks again, and finds its owner refusing.
  ///
  /// @param owners which owners, all of which refuse already
  public void revoke(Predicate<? super Subsystem<?>> owners) {
    revocations.incrementAndGet();
    for (OpenFile open : handles.all()) {
      Subsystem<?> owner = open.owner();
      if (owner != null && owners.test(owner)) {
        open.revoke();
      }
    }
  }

  /// How many are open.
  public int size() {
    return handles.size();
  }

  /// Those that are open now.
  public List<OpenFile> all() {
    return handles.all();
  }
}
