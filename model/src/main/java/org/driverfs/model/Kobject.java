package org.driverfs.model;

import java.util.Objects;
import org.driverfs.lifetime.Refcounted;
import org.jspecify.annotations.Nullable;

/// Anything that is registered with a [Model] and can be represented somewhere.
///
/// Its references are counted: [#get] answers false once it is unregistered, and what it holds goes
/// when the last reference is put.
public abstract sealed class Kobject extends Refcounted
    permits Bus, Device, DeviceClass, Driver, Module {
  /// The way of a registration; it is gone through once.
  enum Stage {
    NEW,
    REGISTERED,
    GOING,
    GONE
  }

  private volatile String name;
  private volatile @Nullable Object representation;

  /// Guarded by the monitor of this for writing.
  private volatile Stage stage = Stage.NEW;

  Kobject(String name) {
    this.name = Objects.requireNonNull(name, "a kobject has a name");
  }

  /// The name, unique among its like.
  public final String name() {
    return name;
  }

  final void rename(String newName) {
    name = newName;
  }

  /// What kind of thing this is, as messages call it.
  public abstract String kind();

  /// Whether this is registered now.
  public final boolean isRegistered() {
    return stage == Stage.REGISTERED;
  }

  /// What the one observer that represents this object keeps for it; the model never looks at it.
  public final @Nullable Object representation() {
    return representation;
  }

  /// Sets or, with null, clears what [#representation] gives.
  public final void represent(@Nullable Object newRepresentation) {
    representation = newRepresentation;
  }

  /// Goes on to the next stage.
  ///
  /// @return false if this was not at the stage before
  final synchronized boolean advance(Stage from, Stage to) {
    if (stage != from) {
      return false;
    }
    stage = to;
    return true;
  }

  final void end() {
    stage = Stage.GONE;
    retire();
  }

  @Override
  protected void released() {}

  @Override
  public String toString() {
    return kind() + " " + name;
  }
}
