package org.driverfs.lifetime;

/// On whose behalf something is opened or called.
///
/// @param uid the numeric user
/// @param gid the numeric group
/// @param pid the process, in the process namespace of this JVM, or 0 if it is not known there
public record Caller(int uid, int gid, int pid) {
  /// Code of this JVM, which may do anything.
  public static final Caller SELF = new Caller(0, 0, (int) ProcessHandle.current().pid());
}
