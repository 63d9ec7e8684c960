package org.driverfs.tree;

/// Owner, group and permission bits of a node, as `stat` shows them.
///
/// @param mode the nine permission bits, such as 0644
/// @param uid the numeric owner
/// @param gid the numeric group
public record Access(int mode, int uid, int gid) {}
