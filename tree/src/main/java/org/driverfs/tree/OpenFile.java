package org.driverfs.tree;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.lifetime.Refcounted;
import org.jspecify.annotations.Nullable;

/// One opening of a file, until it is closed by its client or revoked because its object goes.
///
/// Thread-safe. Those inside a callback are counted by this file's own references; close and revoke
/// retire it, and when the last one has left, the content is closed, what the opening had pinned is
/// given back, exactly once, and every reference to the object is cleared.
public final class OpenFile extends Refcounted {
  /// The longest text that a show may give, in bytes.
  public static final int MAX_SHOW = 1 << 20;

  /// The longest text that one write may store, in bytes. It is well below what a door passes on in
  /// one piece, so that a text too long is refused whole and never cut.
  public static final int MAX_STORE = 1 << 19;

  private final OpenMode mode;
  private final Caller caller;
  private final String path;
  private final long openedAt = System.nanoTime();
  private final Object door;
  private long handle;

  /// Null when this has ended. Read by whoever is counted and has seen that this is not suspended;
  /// others may see what was there before. Written by a handover that keeps all others out, and by
  /// the last that leaves. Volatile, since a handover looks for revocations after it has written.
  private volatile @Nullable Backing<?> backing;

  /// There while a handover keeps everybody out. It is set before those inside are looked for, and
  /// looked at after being counted: whoever is not seen inside sees it.
  private volatile @Nullable Suspension suspension;

  private volatile @Nullable Runnable waker;

  // Guarded by the monitor of the directory that keeps this.
  @Nullable OpenFile previous;
  @Nullable OpenFile next;

  OpenFile(Backing<?> backing, OpenMode mode, Caller caller, Object door) {
    this.backing = backing;
    this.path = backing.file().path();
    this.mode = mode;
    this.caller = caller;
    this.door = door;
  }

  void opened(long newHandle) {
    handle = newHandle;
  }

  Object door() {
    return door;
  }

  /// The number of this opening, for [OpenFiles#require].
  public long handle() {
    return handle;
  }

  /// Where the file was when it was opened.
  public String path() {
    return path;
  }

  /// Who opened it.
  public Caller caller() {
    return caller;
  }

  OpenMode mode() {
    return mode;
  }

  /// How long ago it was opened.
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - openedAt);
  }

  /// Who is pinned by this besides the subsystem of the object: whose callbacks it calls.
  ///
  /// @return null if nobody is: after this has ended, and between the two owners of a handover
  public @Nullable Subsystem<?> owner() {
    Backing<?> now = backing;
    return now == null ? null : now.owner();
  }

  /// Reads from the file.
  ///
  /// @param offset where to begin, in bytes. At 0, a text is shown anew; any other offset sees the
  ///   text of the last time
  /// @param into where the bytes go
  /// @param at where in `into` they begin, in bytes
  /// @param length how many are wanted at most
  /// @return how many were read; 0 at the end
  /// @throws DriverfsException ENODEV if the file was revoked; EBADF if it is not open for reading;
  ///   what the show threw, or EIO
  public int read(long offset, MemorySegment into, long at, int length) {
    require(mode.reads(), "reading");
    if (offset < 0) {
      throw new DriverfsException(Errno.EINVAL, path, "has nothing before its beginning");
    }
    Backing<?> inside = enter();
    try {
      return inside.opened().read(offset, into, at, length);
    } catch (Throwable t) {
      throw Contained.contain(inside.file(), "show", t);
    } finally {
      put();
    }
  }

  /// Reads the whole file, from its beginning.
  ///
  /// @throws DriverfsException as [#read]
  public byte[] readAll() {
    return readAll(Integer.MAX_VALUE);
  }

  /// Reads the whole file, from its beginning, if it is not too long.
  ///
  /// @param most how long it may be, in bytes
  /// @throws DriverfsException EFBIG if it is longer; as [#read]
  public byte[] readAll(int most) {
    var whole = new ByteArrayOutputStream();
    byte[] piece = new byte[4096];
    int count;
    while ((count = read(whole.size(), MemorySegment.ofArray(piece), 0, piece.length)) > 0) {
      whole.write(piece, 0, count);
      if (whole.size() > most) {
        throw new DriverfsException(Errno.EFBIG, path, "has more than " + most + " bytes");
      }
    }
    return whole.toByteArray();
  }

  /// Writes a text, in one piece.
  ///
  /// @throws DriverfsException as [#write(long, MemorySegment, long, int)]
  public void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(0, MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  /// Writes to the file. For a text file each write is one store, whatever its offset.
  ///
  /// @param offset where to begin, in bytes
  /// @param from what to write
  /// @param at where in `from` it begins, in bytes
  /// @param length how many bytes it has; 0 stores nothing
  /// @return how many were taken
  /// @throws DriverfsException ENODEV if the file was revoked; EBADF if it is not open for writing;
  ///   EFBIG if more than [#MAX_STORE]; what the store threw, or EIO
  public int write(long offset, MemorySegment from, long at, int length) {
    require(mode.writes(), "writing");
    if (length == 0) {
      return 0;
    }
    Backing<?> inside = enter();
    try {
      return inside.opened().write(offset, from, at, length);
    } catch (Throwable t) {
      throw Contained.contain(inside.file(), "store", t);
    } finally {
      put();
    }
  }

  /// What poll(2) would say now, as [Poll] bits.
  ///
  /// @param newWaker is run once when that changes; it must not wait. The last one given counts
  public int poll(Runnable newWaker) {
    waker = newWaker;
    Backing<?> inside = count();
    if (inside == null) {
      return Poll.ERR | Poll.IN | Poll.OUT;
    }
    try {
      return inside.opened().poll(newWaker);
    } catch (Throwable t) {
      throw Contained.contain(inside.file(), "poll", t);
    } finally {
      put();
    }
  }

  @Override
  protected void released() {
    Backing<?> ended = Objects.requireNonNull(backing);
    ended.close(() -> {
      Backing.unpinObject(ended.file());
      ended.file().anchor().drop(this);
      backing = null;
    });
  }

  /// From now on every use answers ENODEV; whoever polls is woken.
  void revoke() {
    if (retire()) {
      letWaitingGo();
      wakePoller();
    }
  }

  void end() {
    if (retire()) {
      letWaitingGo();
    }
  }

  void changed() {
    if (get()) {
      Objects.requireNonNull(backing).changed();
      put();
    }
  }

  /// Called, like [#isOrIsBelow], by the directory that keeps this, and so before this has ended.
  boolean isOf(File<?> other) {
    return Objects.requireNonNull(backing).file().id() == other.id();
  }

  boolean isOrIsBelow(long nodeId) {
    for (Node up = Objects.requireNonNull(backing).file(); up != null; up = up.parent()) {
      if (up.id() == nodeId) {
        return true;
      }
    }
    return false;
  }

  /// Lets those wait who come from now on, and keeps this from ending until [#put].
  ///
  /// @return false if it is ending already; then nothing has happened
  boolean suspend() {
    if (!get()) {
      return false;
    }
    suspension = new Suspension();
    if (isRetired()) {
      letWaitingGo(); // whoever has retired it meanwhile may have found nobody waiting
    }
    return true;
  }

  boolean get() {
    return ref();
  }

  void put() {
    unref();
  }

  /// Whether nobody is inside but whoever has suspended this. Once that is so it stays so: others
  /// are counted for a moment, see that this is suspended, and leave.
  boolean isAlone() {
    return references() == 1;
  }

  /// Lets those in who wait.
  void goOn() {
    Suspension before = suspension;
    suspension = null;
    if (before != null) {
      before.end();
    }
  }

  /// What this stands on, for whoever has counted itself and suspended it.
  Backing<?> backing() {
    return Objects.requireNonNull(backing);
  }

  /// Gives this something else to stand on, likewise, and when nobody else is inside.
  void standOn(Backing<?> other) {
    backing = other;
  }

  void wakePoller() {
    Runnable wake = waker;
    if (wake != null) {
      wake.run();
    }
  }

  private void letWaitingGo() {
    Suspension now = suspension;
    if (now != null) {
      now.end();
    }
  }

  private Backing<?> enter() {
    Backing<?> inside = count();
    if (inside == null) {
      throw new DriverfsException(
          Errno.ENODEV, path, "the object has gone since the file was opened; close it");
    }
    return inside;
  }

  /// Counts one more inside.
  ///
  /// @return null if this has ended; then nobody was counted
  private @Nullable Backing<?> count() {
    if (!get()) {
      return null;
    }
    return suspension == null ? backing : countLater();
  }

  /// Waits, uncounted, until this is not suspended.
  private @Nullable Backing<?> countLater() {
    long deadline = System.nanoTime() + Suspension.LONGEST.toNanos();
    for (Suspension now = suspension; now != null; now = suspension) {
      put();
      now.await(path, deadline);
      if (!get()) {
        return null;
      }
    }
    return backing;
  }

  private void require(boolean allowed, String what) {
    if (!allowed) {
      throw new DriverfsException(Errno.EBADF, path, "is not open for " + what);
    }
  }
}
