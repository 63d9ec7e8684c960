package org.driverfs.model;

import org.driverfs.lifetime.UseCount;

/// What drivers come in and go with.
///
/// Its use count is 0 at rest: bound devices do not raise it. It is raised while a file is open
/// whose show or store is the module's, while one of its callbacks runs, and while one of its
/// drivers is in the hand of somebody who walks over them.
public final class Module extends Kobject {
  private final String version;
  private final UseCount useCount = new UseCount();

  /// A module that is LIVE.
  ///
  /// @param name unique among the modules
  /// @param version for people; may be empty
  public Module(String name, String version) {
    super(name);
    this.version = version;
  }

  /// The version, for people.
  public String version() {
    return version;
  }

  /// Who uses the module, and whether it may still be used.
  public UseCount useCount() {
    return useCount;
  }

  /// What [#beginToGo] answers when the module itself is in use.
  static final int USED = -2;

  @Override
  synchronized int beginToGo() {
    if (members() > 0 || !isRegistered()) {
      return super.beginToGo();
    }
    return useCount.tryClose() ? super.beginToGo() : USED;
  }

  @Override
  public String kind() {
    return "module";
  }
}
