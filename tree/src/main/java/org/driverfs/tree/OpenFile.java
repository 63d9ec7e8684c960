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
  private final long fileId;
  private final String path;
  private long handle;
  private @Nullable Object door;

  // Cleared when the file has ended; read only between get and put, or before anybody has this.
  private @Nullable File<?> file;
  private @Nullable Content content;
  private @Nullable Runnable unpin;

  /// Who was pinned besides the object's own subsystem; null if nobody, or after the end.
  private volatile @Nullable Subsystem<?> owner;

  private final long since = System.nanoTime();
  private volatile @Nullable Runnable waker;

  // Guarded by the monitor of the directory that keeps this.
  @Nullable OpenFile previous;
  @Nullable OpenFile next;

  OpenFile(File<?> file, OpenMode mode, Caller caller, Content content, Runnable unpin) {
    this.file = file;
    this.fileId = file.id();
    this.path = file.path();
    this.mode = mode;
    this.caller = caller;
    this.content = content;
    this.unpin = unpin;
  }

  void opened(long newHandle, Object newDoor) {
    handle = newHandle;
    door = newDoor;
  }

  @Nullable Object door() {
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

  /// How long it has been open.
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - since);
  }

  /// Who was pinned besides the object's own subsystem; null if nobody was, or when this has ended.
  public @Nullable Subsystem<?> owner() {
    return owner;
  }

  void owner(@Nullable Subsystem<?> newOwner) {
    owner = newOwner;
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
    Content inside = enter();
    try {
      return inside.read(offset, into, at, length);
    } catch (Throwable t) {
      throw contain("show", t);
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
    Content inside = enter();
    try {
      return inside.write(offset, from, at, length);
    } catch (Throwable t) {
      throw contain("store", t);
    } finally {
      put();
    }
  }

  /// What poll(2) would say now, as [Poll] bits.
  ///
  /// @param newWaker is run once when that changes; it must not wait. The last one given counts
  public int poll(Runnable newWaker) {
    waker = newWaker;
    if (!get()) {
      return Poll.ERR | Poll.IN | Poll.OUT;
    }
    try {
      return Objects.requireNonNull(content).poll(newWaker);
    } catch (Throwable t) {
      throw contain("poll", t);
    } finally {
      put();
    }
  }

  @Override
  protected void released() {
    File<?> ended = Objects.requireNonNull(file);
    Contained.run(ended, "close", Objects.requireNonNull(content)::close);
    Objects.requireNonNull(unpin).run();
    ended.anchor().drop(this);
    file = null;
    content = null;
    unpin = null;
    owner = null;
  }

  /// From now on every use answers ENODEV; whoever polls is woken.
  void revoke() {
    if (retire()) {
      Runnable wake = waker;
      if (wake != null) {
        wake.run();
      }
    }
  }

  void end() {
    retire();
  }

  void changed() {
    if (get()) {
      if (content instanceof TextContent<?> text) {
        text.changed();
      }
      put();
    }
  }

  boolean isOf(File<?> other) {
    return fileId == other.id();
  }

  /// Called by the directory that keeps this, and so before this has ended.
  boolean isOrIsBelow(long nodeId) {
    for (Node up = file; up != null; up = up.parent()) {
      if (up.id() == nodeId) {
        return true;
      }
    }
    return false;
  }

  private Content enter() {
    if (!get()) {
      throw new DriverfsException(
          Errno.ENODEV, path, "the object has gone since the file was opened; close it");
    }
    return Objects.requireNonNull(content);
  }

  private DriverfsException contain(String operation, Throwable thrown) {
    return Contained.contain(Objects.requireNonNull(file), operation, thrown);
  }

  private void require(boolean allowed, String what) {
    if (!allowed) {
      throw new DriverfsException(Errno.EBADF, path, "is not open for " + what);
    }
  }
}
