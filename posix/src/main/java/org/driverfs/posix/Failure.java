package org.driverfs.posix;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Turns the kernel's refusal of a cold call into the exception of the house.
final class Failure {
  private Failure() {}

  /// @param result of a system call: negative if it is an error number
  /// @param path what the call was about
  /// @param sentence what is wrong if it failed
  /// @return the result, which is not negative
  static long check(long result, String path, String sentence) {
    if (result < 0) {
      throw new DriverfsException(Errno.ofCode((int) -result), path, sentence);
    }
    return result;
  }
}
