package org.driverfs.tree;

import org.jspecify.annotations.Nullable;

/// What the directories of one kind of object have in common.
///
/// @param <T> what is represented
/// @param subsystem who owns the objects; without one, no file of them can be opened
/// @param files what each of them contains
public record DirectoryType<T>(@Nullable Subsystem<? super T> subsystem, FileSet<T> files) {
  /// A directory that only holds other directories and links.
  public static final DirectoryType<Void> PLAIN = new DirectoryType<>(null, FileSet.none());
}
