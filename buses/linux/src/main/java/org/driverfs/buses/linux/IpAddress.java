package org.driverfs.buses.linux;

import java.util.HexFormat;
import java.util.StringJoiner;

/// Writes addresses as people do: `10.0.0.1`, `fe80::1` (RFC 5952).
final class IpAddress {
  private IpAddress() {}

  /// @param address 4 or 16 bytes, or any other number, which are written in hexadecimal
  static String format(byte[] address) {
    return switch (address.length) {
      case 4 -> dotted(address);
      case 16 -> colons(address);
      default -> HexFormat.of().formatHex(address);
    };
  }

  private static String dotted(byte[] address) {
    var text = new StringJoiner(".");
    for (byte each : address) {
      text.add(String.valueOf(Byte.toUnsignedInt(each)));
    }
    return text.toString();
  }

  /// The first of the longest runs of two or more zero groups becomes `::`.
  private static String colons(byte[] address) {
    int start = 0;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int run = zeroGroups(address, i);
      if (run > length) {
        start = i;
        length = run;
      }
    }
    return length == 1
        ? groups(address, 0, 8)
        : groups(address, 0, start) + "::" + groups(address, start + length, 8);
  }

  private static int zeroGroups(byte[] address, int from) {
    int end = from;
    while (end < 8 && group(address, end) == 0) {
      end++;
    }
    return end - from;
  }

  private static String groups(byte[] address, int from, int to) {
    var text = new StringJoiner(":");
    for (int i = from; i < to; i++) {
      text.add(Integer.toHexString(group(address, i)));
    }
    return text.toString();
  }

  private static int group(byte[] address, int index) {
    return Byte.toUnsignedInt(address[2 * index]) << 8 | Byte.toUnsignedInt(address[2 * index + 1]);
  }
}
