package org.driverfs.tree;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A subdirectory of entries of the same object, made when somebody looks.
///
/// @param <T> what is represented
final class Group<T> extends Directory<T> {
  Group(Directory<? extends T> parent, String name, FileSet<T> files) {
    super(
        parent.tree(),
        onDemandId(parent, name),
        parent,
        name,
        new DirectoryType<>(owner(parent), files),
        parent.object());
  }

  @Override
  @SuppressWarnings("unchecked") // the parent is the one it was made with
  Directory<T> inert() {
    Directory<? extends T> parent = (Directory<? extends T>) Objects.requireNonNull(parent());
    return new Group<>(parent.inert(), name(), FileSet.none());
  }

  @SuppressWarnings("unchecked") // the object is the parent's, and so the parent's owner takes it
  private static <T> @Nullable Subsystem<? super T> owner(Directory<? extends T> parent) {
    return (Subsystem<? super T>) parent.type().subsystem();
  }

  @Override
  public Directory<?> anchor() {
    return Objects.requireNonNull(parent()).anchor();
  }
}
