package org.driverfs.tree;

import java.util.List;
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
  private final Handles<OpenFile> handles = new Handles<>();

  OpenFiles() {}

  /// Opens a file. Whether the caller may do that is for the door to know.
  ///
  /// @param door who will close it; see [#closeAll]
  /// @throws DriverfsException ENOENT if the file was removed; EINVAL if its directory has no
  ///   subsystem; EACCES if it cannot be read or written at all; ENODEV if its object is going;
  ///   what the subsystem threw
  public <T> OpenFile open(File<T> file, OpenMode mode, Caller caller, Object door) {
    Directory<T> directory = file.directory();
    FileEntry<? super T> entry = file.entry();
    requireOpenable(file, mode);
    Subsystem<? super T> subsystem = directory.type().subsystem();
    if (subsystem == null) {
      throw new DriverfsException(
          Errno.EINVAL, file.path(), "its directory has no subsystem that could count its users");
    }
    T object = directory.object();
    Directory<?> anchor = file.anchor();
    int revocations = anchor.revocations(); // before anything is pinned
    pin(file, subsystem, object);
    OpenFile open = null;
    Subsystem<? super T> owner = null;
    try {
      owner = pinOwner(file, entry.owner(), object);
      open =
          new OpenFile(
              file,
              mode,
              caller,
              content(file, entry, object, mode, caller),
              () -> {
                unpin(file, entry.owner(), object);
                unpin(file, subsystem, object);
              });
    } finally {
      if (open == null) {
        unpin(file, owner, object);
        unpin(file, subsystem, object);
      }
    }
    open.owner(owner);
    open.opened(handles.add(open), door);
    boolean kept = anchor.keep(open);
    if (!kept || (anchor.revocations() != revocations && !isStillOwned(file, owner, object))) {
      close(open);
      throw new DriverfsException(Errno.ENODEV, file.path(), "was removed");
    }
    return open;
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
    handles.all().stream().filter(open -> door.equals(open.door())).forEach(this::close);
  }

  /// Lets those answer ENODEV from now on whose owner refuses users, and wakes whoever polls them.
  ///
  /// @param owners which owners
  public void revoke(Predicate<? super Subsystem<?>> owners) {
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

  private static void requireOpenable(File<?> file, OpenMode mode) {
    FileEntry<?> entry = file.entry();
    if (file.isRemoved()) {
      throw new DriverfsException(Errno.ENOENT, file.path(), "was removed");
    }
    if (!entry.isRaw() && mode.reads() && entry.show() == null) {
      throw new DriverfsException(Errno.EACCES, file.path(), "cannot be read");
    }
    if (!entry.isRaw() && mode.writes() && entry.store() == null) {
      throw new DriverfsException(Errno.EACCES, file.path(), "cannot be written");
    }
  }

  private static <T> Content content(
      File<T> file, FileEntry<? super T> entry, T object, OpenMode mode, Caller caller) {
    FileEntry.Opener<? super T> opener = entry.opener();
    return opener == null
        ? new TextContent<>(file.path(), entry, object)
        : Contained.call(file, "open", () -> opener.open(object, mode, caller));
  }

  private static <T> void pin(File<?> file, Subsystem<? super T> subsystem, T object) {
    if (!Contained.call(file, "get", () -> subsystem.get(object))) {
      throw new DriverfsException(Errno.ENODEV, file.path(), "belongs to an object that is going");
    }
  }

  private static <T> @Nullable Subsystem<? super T> pinOwner(
      File<?> file, @Nullable Subsystem<? super T> owner, T object) {
    if (owner != null) {
      pin(file, owner, object);
    }
    return owner;
  }

  /// The owner may have gone after it was pinned and before the file was kept: then it has revoked
  /// all files of the directory but this one, and would wait for it.
  private static <T> boolean isStillOwned(
      File<?> file, @Nullable Subsystem<? super T> owner, T object) {
    if (owner == null) {
      return true;
    }
    boolean owned = Contained.call(file, "get", () -> owner.get(object));
    if (owned) {
      unpin(file, owner, object);
    }
    return owned;
  }

  private static <T> void unpin(File<?> file, @Nullable Subsystem<? super T> subsystem, T object) {
    if (subsystem != null) {
      Contained.run(file, "put", () -> subsystem.put(object));
    }
  }
}
