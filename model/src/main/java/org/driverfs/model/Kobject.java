package org.driverfs.model;

import java.util.Objects;
import org.driverfs.lifetime.Refcounted;
import org.jspecify.annotations.Nullable;

/// Anything that is registered with a [Model] and can be represented somewhere.
///
/// Its references are counted, and no module can take or give back one ([ModelHost#get]): there are
/// no more once it is unregistered, and what it holds goes with the last.
public abstract sealed class Kobject extends Refcounted
    permits Bus, Code, Device, DeviceClass, ModuleRecord {
  /// The way of a registration; a registration that fails goes back to NEW.
  enum Stage {
    NEW,
    ARRIVING,
    REGISTERED,
    GOING,
    GONE
  }

  private volatile String name;
  private volatile @Nullable Object representation;

  // Guarded by the monitor of this. The only lock taken inside it is that of Events.
  private Stage stage = Stage.NEW;
  private int members;

  Kobject(String name) {
    this.name = Objects.requireNonNull(name, "a kobject has a name");
  }

  /// @return false once this is unregistered; then nothing was counted
  final boolean get() {
    return ref();
  }

  final void put() {
    unref();
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

  /// Where this is, as messages say it.
  String where() {
    return toString();
  }

  /// Whether this is registered now: those who represent it have been told, and the event that it
  /// was added has been published.
  public final synchronized boolean isRegistered() {
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

  /// Counts one more object that needs this one to be registered: a child, a device of a bus or a
  /// class, a driver of a bus or a module.
  ///
  /// @return false if this is not registered; then nothing was counted
  synchronized boolean addMember() {
    if (stage != Stage.REGISTERED) {
      return false;
    }
    members++;
    return true;
  }

  final synchronized void removeMember() {
    members--;
    if (members == 0) {
      notifyAll(); // whoever waits for the last
    }
  }

  /// How many objects need this one to be registered.
  final synchronized int members() {
    return members;
  }

  /// @return how many members prevent it; 0 if this is going from now on, -1 if it was not
  ///   registered
  synchronized int beginToGo() {
    if (members > 0) {
      return members;
    }
    return advance(Stage.REGISTERED, Stage.GOING) ? 0 : -1;
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

  /// Becomes registered and says so in one step: whoever finds it registered finds the event
  /// published, and none that comes after can overtake it.
  final synchronized void registered(Runnable publish) {
    stage = Stage.REGISTERED;
    publish.run();
  }

  final void end() {
    advance(Stage.GOING, Stage.GONE);
    retire();
  }

  @Override
  protected void released() {}

  @Override
  public String toString() {
    return kind() + " " + name;
  }
}
