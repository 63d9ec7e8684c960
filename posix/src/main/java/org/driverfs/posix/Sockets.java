package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The calls that make and prepare sockets; [Message] sends and receives.
public final class Sockets {
  /// The family of local sockets.
  public static final int AF_UNIX = 1;

  /// The family of IPv4.
  public static final int AF_INET = 2;

  /// The family of sockets to parts of the kernel.
  public static final int AF_NETLINK = 16;

  /// A stream of bytes.
  public static final int SOCK_STREAM = 1;

  /// Single messages.
  public static final int SOCK_DGRAM = 2;

  /// Packets that the protocol below leaves as they are.
  public static final int SOCK_RAW = 3;

  /// Or-ed to a type: the socket never blocks.
  public static final int SOCK_NONBLOCK = 0x800;

  /// The level of the options below.
  public static final int SOL_SOCKET = 1;

  /// The receive buffer's size in bytes, beyond the system's limit too (needs CAP_NET_ADMIN).
  public static final int SO_RCVBUFFORCE = 33;

  /// The receive buffer's size in bytes, up to the system's limit.
  public static final int SO_RCVBUF = 8;

  private static final int SOCK_CLOEXEC = 0x80000;
  static final int SOCKADDR_NL_SIZE = 12;

  private Sockets() {}

  /// Two ends of a connection, from [#pair].
  ///
  /// @param first one end
  /// @param second the other
  public record Pair(Descriptor first, Descriptor second) implements AutoCloseable {
    @Override
    public void close() {
      first.close();
      second.close();
    }
  }

  /// socket(2).
  ///
  /// @param family an `AF_` number
  /// @param type a `SOCK_` number, perhaps with [#SOCK_NONBLOCK]
  /// @param protocol a number of the family's, 0 for its only one
  public static Descriptor open(int family, int type, int protocol) {
    long result = SystemCalls.ofThread().call(Abi.SOCKET, family, type | SOCK_CLOEXEC, protocol, 0);
    return Descriptor.of((int) Failure.check(result, "socket", "cannot be created"));
  }

  /// socketpair(2) of the local family.
  ///
  /// @param type a `SOCK_` number
  public static Pair pair(int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      long result =
          SystemCalls.ofThread()
              .call(Abi.SOCKETPAIR, AF_UNIX, type | SOCK_CLOEXEC, 0, ends.address());
      Failure.check(result, "socket pair", "cannot be created");
      return new Pair(
          Descriptor.of(ends.getAtIndex(JAVA_INT, 0)), Descriptor.of(ends.getAtIndex(JAVA_INT, 1)));
    }
  }

  /// bind(2) of a netlink socket, to an address that the kernel chooses (netlink(7)).
  ///
  /// @param groups a bit for each multicast group to hear, the lowest for group 1
  public static void bindNetlink(Descriptor socket, int groups) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_NL_SIZE, 4);
      address.set(JAVA_INT, 0, AF_NETLINK);
      address.set(JAVA_INT, 8, groups);
      long result =
          SystemCalls.ofThread()
              .call(Abi.BIND, socket.number(), address.address(), SOCKADDR_NL_SIZE, 0);
      Failure.check(result, "netlink groups " + groups, "cannot be heard");
    }
  }

  /// setsockopt(2) of an option whose value is an int.
  ///
  /// @param level where the option belongs, such as [#SOL_SOCKET]
  /// @param option an `SO_` number
  /// @param value what it is set to
  public static void setOption(Descriptor socket, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocateFrom(JAVA_INT, value);
      long result =
          SystemCalls.ofThread()
              .call(
                  Abi.SETSOCKOPT,
                  socket.number(),
                  level,
                  option,
                  argument.address(),
                  argument.byteSize(),
                  0);
      Failure.check(result, "socket option " + option, "cannot be set to " + value);
    }
  }
}
