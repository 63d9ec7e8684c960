package org.driverfs.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hears of what a model does, before the call that did it returns: how a model is represented.
///
/// Called with no lock held, in the order of the changes to one object and one change of it at a
/// time: a change of a device waits until the last one has been told. So an observer must not
/// change the device that it hears of (EDEADLK), and should change no other.
///
/// What `added`, `moved` and `bound` throw undoes what they tell of: those who have heard of it
/// hear of the opposite, and the one that threw must have undone its own part. What the others
/// throw goes to the log.
public interface ModelObserver {
  /// An object is being registered; its parent, bus and class have been.
  void added(Kobject object);

  /// An object is being unregistered; nothing is registered below it.
  void removed(Kobject object);

  /// A device has another parent, folder or name.
  void moved(Device device);

  /// A driver has a device.
  void bound(Device device, Driver driver);

  /// A driver is losing a device: its remove runs when nobody is in its attributes any more.
  void unbound(Device device, Driver driver);

  /// An attribute of an object has another value.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  void changed(Kobject object, String attribute);

  /// An object may have an attribute that it had not, or have it no more: whoever represents it
  /// looks. Unlike the others this may be called by several threads at once.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  default void visibilityChanged(Kobject object, String attribute) {}

  /// A module refuses users: what is open of it can be used no more. Unlike the others this may be
  /// called by several threads at once.
  default void revoked(Module module) {}

  /// An object goes from one driver to another, or a record from one module to another: those who
  /// use something of the old one wait until the passage ends.
  ///
  /// @param object a device that the driver has, the driver itself, or the record of the module
  /// @return null if nobody uses anything of it here
  default @Nullable Passage passing(Kobject object, Code from) {
    return null;
  }

  /// A device has another driver, without having been without one.
  default void passed(Device device, Driver from, Driver to) {}

  /// Two drivers of one bus have exchanged their names, and the first has got another after that.
  default void renamed(Driver first, Driver second) {}

  /// Who uses a module through what this represents, such as an open file, as messages name them.
  default List<String> users(Module module) {
    return List.of();
  }
}
