package org.driverfs.tree;

import java.util.Objects;

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

  @Override
  public Directory<?> anchor() {
    return directory().anchor();
  }

  @Override
  int defaultMode() {
    return entry.mode();
  }
}
