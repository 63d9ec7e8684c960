package org.driverfs.tree;

import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.jspecify.annotations.Nullable;

/// What an open file stands on: a file, whoever is pinned because its callbacks are theirs, and
/// what was opened through its entry. While an open file is handed over, the place and the text
/// alone.
///
/// @param file where it is; while it is handed over, with nothing behind it
/// @param owner who is pinned besides the object's own subsystem
/// @param content null while it is handed over
/// @param text the text that was shown last, as [TextContent#text] gives it
record Backing<T>(
    File<T> file,
    @Nullable Subsystem<? super T> owner,
    @Nullable Content content,
    @Nullable Object text) {

  /// Pins the object of a file and its owner, and then opens its content.
  ///
  /// @param text what a text is read from that is not read from its beginning
  /// @return null if the owner refuses; then nothing is pinned
  /// @throws DriverfsException ENOENT, EACCES; EINVAL if the directory has no subsystem; ENODEV if
  ///   the object is going; what subsystem, owner or opener threw
  static <T> @Nullable Backing<T> open(
      File<T> file, OpenMode mode, Caller caller, @Nullable Object text) {
    file.requireOpenable(mode);
    pinObject(file);
    Backing<T> backing = null;
    try {
      backing = openPinned(file, mode, caller, text);
    } finally {
      if (backing == null) {
        unpinObject(file);
      }
    }
    return backing;
  }

  /// The same for whoever has the object pinned.
  static <T> @Nullable Backing<T> openPinned(
      File<T> file, OpenMode mode, Caller caller, @Nullable Object text) {
    file.requireOpenable(mode);
    Subsystem<? super T> owner = file.entry().owner();
    if (owner != null && !get(file, owner)) {
      return null;
    }
    Backing<T> backing = null;
    try {
      backing = new Backing<>(file, owner, content(file, mode, caller, text), null);
    } finally {
      if (backing == null) {
        put(file, owner);
      }
    }
    return backing;
  }

  private static <T> void pinObject(File<T> file) {
    Subsystem<? super T> subsystem = file.directory().type().subsystem();
    if (subsystem == null) {
      throw new DriverfsException(
          Errno.EINVAL, file.path(), "its directory has no subsystem that could count its users");
    }
    if (!get(file, subsystem)) {
      throw new DriverfsException(Errno.ENODEV, file.path(), "belongs to an object that is going");
    }
  }

  /// Lets the object go, after [#close].
  static <T> void unpinObject(File<T> file) {
    put(file, file.directory().type().subsystem());
  }

  /// What was opened. Not for one that is handed over.
  Content opened() {
    return Objects.requireNonNull(content);
  }

  /// Whoever polls a text is told that it is another now.
  void changed() {
    if (content instanceof TextContent<?> shows) {
      shows.changed();
    }
  }

  /// Closes the content, and then lets the owner go. That may take any time.
  ///
  /// @param then follows, perhaps after this returns
  void close(Runnable then) {
    Runnable after =
        () -> {
          put(file, owner);
          then.run();
        };
    if (content == null) {
      after.run();
    } else {
      Contained.run(file, "close", () -> content.close(after));
    }
  }

  /// What is left when this is closed for a handover.
  Backing<T> detached() {
    Object shown = content instanceof TextContent<?> shows ? shows.text() : null;
    return new Backing<>(file.in(file.directory().inert()), null, null, shown);
  }

  /// Whether whoever owns the file would still be pinned, so that it has not gone since it was.
  boolean isStillOwned() {
    try {
      boolean owned = !file.isRemoved() && (owner == null || get(file, owner));
      if (owned) {
        put(file, owner);
      }
      return owned;
    } catch (DriverfsException _) {
      return false; // whoever throws refuses; the log has it
    }
  }

  private static <T> Content content(
      File<T> file, OpenMode mode, Caller caller, @Nullable Object text) {
    FileEntry<? super T> entry = file.entry();
    T object = file.directory().object();
    FileEntry.Opener<? super T> opener = entry.opener();
    return opener == null
        ? new TextContent<>(file.path(), entry, object, text)
        : Contained.call(file, "open", () -> opener.open(object, mode, caller));
  }

  private static <T> boolean get(File<T> file, Subsystem<? super T> subsystem) {
    return Contained.call(file, "get", () -> subsystem.get(file.directory().object()));
  }

  private static <T> void put(File<T> file, @Nullable Subsystem<? super T> subsystem) {
    if (subsystem != null) {
      Contained.run(file, "put", () -> subsystem.put(file.directory().object()));
    }
  }
}
