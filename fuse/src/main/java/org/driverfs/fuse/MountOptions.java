package org.driverfs.fuse;

/// How a tree is mounted.
///
/// @param name what /proc/mounts shows as the source
/// @param allowOther whether other users than the one who mounts may use it at all; what they may
///   do with each file is up to its mode
/// @param maxWorkers how many threads serve it at most, while drivers keep them waiting; a few more
///   are for requests that only ask whether a driver is needed
public record MountOptions(String name, boolean allowOther, int maxWorkers) {
  /// For the user who mounts alone, with up to 64 workers.
  public static final MountOptions DEFAULT = new MountOptions("driverfs", false, 64);
}
