package org.driverfs.lab.chaos;

import org.driverfs.lab.chaos.driver.Script.Shape;

/// A module that somebody was told to load.
///
/// @param name what it is called there
/// @param module what its jar calls it
/// @param version that was loaded last
record Member(String name, String module, long seed, Shape shape, int version) {
  /// The next version of it.
  Member upgraded() {
    return new Member(name, module, seed, shape, version + 1);
  }

  /// Another version of it, under a name of its own.
  Member beside() {
    int other = version + 1;
    return new Member(module + "@" + other, module, seed, shape, other);
  }
}
