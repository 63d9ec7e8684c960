package org.driverfs.tree;

import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// What may be the name of an entry: 1 to 255 bytes of UTF-8 without `/` and NUL, not `.` or `..`
/// (POSIX.1-2017, 3.170; NAME_MAX of Linux).
public final class Names {
  /// The longest name, in bytes of UTF-8.
  public static final int MAX_BYTES = 255;

  private Names() {}

  /// @return the name
  /// @throws DriverfsException EINVAL or ENAMETOOLONG if it cannot be the name of an entry
  public static String require(String name) {
    if (name.isEmpty()) {
      throw new DriverfsException(Errno.EINVAL, "\"\"", "a name has at least one character");
    }
    if (name.equals(".") || name.equals("..")) {
      throw new DriverfsException(
          Errno.EINVAL, name, "stands for a directory; choose another name");
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw new DriverfsException(
          Errno.EINVAL, name.replace('\0', '?'), "a name contains neither / nor NUL");
    }
    requireEncodable(name);
    return name;
  }

  private static void requireEncodable(String name) {
    if (name.length() * 3 <= MAX_BYTES && name.chars().allMatch(c -> c < 0x80)) {
      return;
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw new DriverfsException(Errno.EINVAL, name, "a name must be encodable as UTF-8");
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new DriverfsException(
          Errno.ENAMETOOLONG,
          name,
          "a name has at most " + MAX_BYTES + " bytes of UTF-8, this one has " + bytes);
    }
  }
}
