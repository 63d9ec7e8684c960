package org.driverfs.buses.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Message;
import org.driverfs.posix.Sockets;
import org.driverfs.posix.SystemCalls;

/// The addresses of an interface of the calling thread's network namespace, as the kernel gives
/// them over a netlink socket (rtnetlink(7), RTM_GETADDR).
final class InterfaceAddresses {
  private static final int NETLINK_ROUTE = 0;
  private static final short RTM_NEWADDR = 20;
  private static final short RTM_GETADDR = 22;
  private static final short NLMSG_ERROR = 2;
  private static final short NLMSG_DONE = 3;
  private static final short NLM_F_REQUEST = 1;
  private static final short NLM_F_DUMP = 0x300;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;

  private static final int HEADER = 16;
  private static final int REQUEST_SIZE = HEADER + 8;
  private static final int ATTRIBUTES = HEADER + 8;
  private static final int REPLY_SIZE = 64 << 10;

  private InterfaceAddresses() {}

  /// The addresses of one interface, each with the length of its prefix, such as `10.0.0.1/8`.
  ///
  /// @param index the kernel's number for the interface
  /// @throws DriverfsException with what the kernel says
  static List<String> of(int index) {
    var addresses = new ArrayList<String>();
    try (Descriptor socket = Sockets.open(Sockets.AF_NETLINK, Sockets.SOCK_RAW, NETLINK_ROUTE)) {
      ask(socket);
      var message = new Message(REPLY_SIZE);
      boolean more = true;
      while (more) {
        long size = check(message.receive(socket));
        more = decode(message.content().asSlice(0, size), index, addresses);
      }
    }
    return addresses;
  }

  private static void ask(Descriptor socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(REQUEST_SIZE, 4);
      request.set(JAVA_INT, 0, REQUEST_SIZE);
      request.set(JAVA_SHORT, 4, RTM_GETADDR);
      request.set(JAVA_SHORT, 6, (short) (NLM_F_REQUEST | NLM_F_DUMP));
      check(SystemCalls.ofThread().write(socket.number(), request.address(), REQUEST_SIZE));
    }
  }

  /// @throws DriverfsException with what the kernel says, or EPROTO for what it does not say
  /// @return whether more messages follow
  static boolean decode(MemorySegment messages, int index, List<String> addresses) {
    for (long at = 0; at + HEADER <= messages.byteSize(); ) {
      int length = messages.get(JAVA_INT, at);
      requireWhole(length >= HEADER);
      MemorySegment message = slice(messages, at, length);
      switch (message.get(JAVA_SHORT, 4)) {
        case NLMSG_DONE -> {
          return false;
        }
        case NLMSG_ERROR -> check(slice(message, HEADER, 4).get(JAVA_INT, 0));
        case RTM_NEWADDR -> {
          requireWhole(length >= ATTRIBUTES);
          if (message.get(JAVA_INT, HEADER + 4) == index) {
            addresses.add(address(message));
          }
        }
        default -> {}
      }
      at += align(length);
    }
    return true;
  }

  /// The address on this side: IFA_ADDRESS is the other side's where there are two.
  private static String address(MemorySegment message) {
    byte[] address = {};
    for (long at = ATTRIBUTES; at + 4 <= message.byteSize(); ) {
      int length = Short.toUnsignedInt(message.get(JAVA_SHORT, at));
      MemorySegment attribute = slice(message, at, length);
      int type = attribute.get(JAVA_SHORT, 2);
      if (type == IFA_LOCAL || (type == IFA_ADDRESS && address.length == 0)) {
        address = attribute.asSlice(4).toArray(JAVA_BYTE);
      }
      at += align(length);
    }
    requireWhole(address.length > 0);
    return IpAddress.format(address) + "/" + Byte.toUnsignedInt(message.get(JAVA_BYTE, HEADER + 1));
  }

  private static MemorySegment slice(MemorySegment from, long at, int length) {
    requireWhole(length >= 4 && length <= from.byteSize() - at);
    return from.asSlice(at, length);
  }

  private static void requireWhole(boolean isWhole) {
    if (!isWhole) {
      throw new DriverfsException(Errno.EPROTO, "rtnetlink", "the kernel's answer is cut off");
    }
  }

  private static long align(int length) {
    return (length + 3L) & ~3L;
  }

  private static long check(long result) {
    if (result < 0) {
      throw new DriverfsException(
          Errno.ofCode((int) -result), "rtnetlink", "the kernel does not tell the addresses");
    }
    return result;
  }
}
