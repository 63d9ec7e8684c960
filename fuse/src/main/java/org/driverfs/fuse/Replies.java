package org.driverfs.fuse;

import org.driverfs.errno.Errno;

/// What an operation gives: the length of the reply's body in bytes, a negative error number, or
/// that there is no reply.
final class Replies {
  /// The kernel expects no reply.
  static final int NONE = Integer.MIN_VALUE;

  /// Done, and nothing more to say.
  static final int OK = 0;

  private Replies() {}

  static int error(Errno errno) {
    return -errno.code();
  }
}
