package org.driverfs.tree;

import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// A file: the template of its kind, and the directory whose object it belongs to.
///
/// @param <T> what is represented
public final class File<T> extends Node {
  private final FileEntry<? super T> entry;

  /// A file of this object alone.
  File(long id, Directory<T> parent, FileEntry<? super T> entry) {
    super(id, parent, entry.name());
    this.entry = entry;
  }

  /// A file made on demand, because somebody looked.
  File(Directory<T> parent, FileEntry<? super T> entry) {
    this(onDemandId(parent, entry.name()), parent, entry);
  }

  /// The template.
  public FileEntry<? super T> entry() {
    return entry;
  }

  /// The directory whose object this file belongs to.
  @SuppressWarnings("unchecked") // a file never moves: its parent is the one it was made with
  public Directory<T> directory() {
    return (Directory<T>) Objects.requireNonNull(parent());
  }

  /// Tells everybody who watches that the text is another now: pollers wake, and what was kept of a
  /// constant file is dropped.
  public void changed() {
    anchor().changed(this);
  }

  /// @throws DriverfsException ENOENT if it was removed, EACCES if it has nothing for that mode
  void requireOpenable(OpenMode mode) {
    if (isRemoved()) {
      throw new DriverfsException(Errno.ENOENT, path(), "was removed");
    }
    if (!entry.isRaw() && mode.reads() && entry.show() == null) {
      throw new DriverfsException(Errno.EACCES, path(), "cannot be read");
    }
    if (!entry.isRaw() && mode.writes() && entry.store() == null) {
      throw new DriverfsException(Errno.EACCES, path(), "cannot be written");
    }
  }

  /// A file of the same number in another directory, with nothing behind it.
  <U> File<U> in(Directory<U> other) {
    return new File<>(id(), other, entry.inert());
  }

  @Override
  public Directory<?> anchor() {
    return directory().anchor();
  }

  @Override
  int defaultMode() {
    return entry.mode();
  }
}
