package org.driverfs.export;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Code;
import org.driverfs.model.Gate;
import org.driverfs.model.Kobject;
import org.driverfs.model.Module;
import org.driverfs.model.Operation;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;

/// Into the code of a driver or a module: through the gate, and while a file is open, its module is
/// pinned.
///
/// @param <T> whose files they are
class CodeWay<T extends Kobject> implements AttributeFiles.Way<T>, Subsystem<T> {
  private final Gate gate;
  private final Code code;

  CodeWay(Gate gate, Code code) {
    this.gate = gate;
    this.code = code;
  }

  /// Into the code of a module, or straight where there is none.
  static <T extends Kobject> AttributeFiles.Way<? super T> of(Gate gate, @Nullable Module owner) {
    return owner == null ? AttributeFiles.Way.STRAIGHT : new CodeWay<T>(gate, owner);
  }

  /// Whether it is that code.
  final boolean isInto(Code other) {
    return code == other;
  }

  /// Whether the code is in that module.
  final boolean isOf(Module module) {
    return code.owner().orElse(null) == module;
  }

  @Override
  public boolean get(T object) {
    return gate.pin(code, object);
  }

  @Override
  public void put(T object) {
    gate.unpin(code, object);
  }

  @Override
  public final <R extends @Nullable Object> R call(
      T object, Operation operation, Gate.Callback<R> callback) {
    return gate.callPinned(code, object, operation, callback);
  }

  @Override
  public final void close(T object, Operation operation, Gate.Callback<?> callback, Runnable then) {
    gate.close(code, object, operation, callback, then);
  }

  @Override
  public final <R extends @Nullable Object> R ask(
      T object, Operation operation, Gate.Callback<R> callback) {
    if (!get(object)) {
      throw new DriverfsException(Errno.ENODEV, object.toString(), code + " is going");
    }
    try {
      return call(object, operation, callback);
    } finally {
      put(object);
    }
  }

  @Override
  public final <S extends T> FileEntry<S> owned(FileEntry<S> file) {
    return file.ownedBy(this);
  }
}
