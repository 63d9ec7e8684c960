package org.driverfs.buses.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Sockets;
import org.driverfs.posix.SystemCalls;

/// The calls of netdevice(7) on an interface of the calling thread's network namespace.
///
/// @param name the interface's name, such as `eth0`
record NetworkInterface(String name) {
  private static final int SIOCGIFFLAGS = 0x8913;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int SIOCGIFINDEX = 0x8933;
  private static final int IFREQ_SIZE = 40;
  private static final int IFNAMSIZ = 16;
  private static final int IFF_UP = 1;

  /// Is it administratively up?
  boolean isUp() {
    try (Arena arena = Arena.ofConfined()) {
      return (flags(arena) & IFF_UP) != 0;
    }
  }

  /// Takes it up or down.
  ///
  /// @throws DriverfsException with what the kernel says, such as EPERM
  void setUp(boolean up) {
    try (Arena arena = Arena.ofConfined()) {
      int flags = flags(arena);
      MemorySegment request = request(arena);
      request.set(JAVA_SHORT, IFNAMSIZ, (short) (up ? flags | IFF_UP : flags & ~IFF_UP));
      call(SIOCSIFFLAGS, request, up ? "cannot be taken up" : "cannot be taken down");
    }
  }

  /// The number that the kernel knows it by.
  int index() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = request(arena);
      call(SIOCGIFINDEX, request, "has no index");
      return request.get(JAVA_INT, IFNAMSIZ);
    }
  }

  private int flags(Arena arena) {
    MemorySegment request = request(arena);
    call(SIOCGIFFLAGS, request, "has no flags");
    return Short.toUnsignedInt(request.get(JAVA_SHORT, IFNAMSIZ));
  }

  private MemorySegment request(Arena arena) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= IFNAMSIZ) {
      throw new DriverfsException(Errno.ENODEV, name, "is too long for an interface's name");
    }
    MemorySegment request = arena.allocate(IFREQ_SIZE, 8);
    request.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    return request;
  }

  private void call(int number, MemorySegment request, String sentence) {
    try (Descriptor socket = Sockets.open(Sockets.AF_INET, Sockets.SOCK_DGRAM, 0)) {
      long result = SystemCalls.ofThread().ioctl(socket.number(), number, request.address());
      if (result < 0) {
        throw new DriverfsException(Errno.ofCode((int) -result), name, sentence);
      }
    }
  }
}
