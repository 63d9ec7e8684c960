package org.driverfs.buses.linux;

import java.lang.foreign.ValueLayout;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.EventDescriptor;
import org.driverfs.posix.Message;
import org.driverfs.posix.Poll;
import org.driverfs.posix.Sockets;

/// The kernel's events as they happen in the network namespace of the thread that made this
/// (netlink(7), NETLINK_KOBJECT_UEVENT). The kernel keeps those that come from then on until they
/// are received, as long as its buffer has room.
///
/// One thread receives and waits; any thread may [#wake] it. It is closed when none waits any more.
final class UeventSocket implements AutoCloseable {
  private static final int NETLINK_KOBJECT_UEVENT = 15;
  private static final int GROUP_KERNEL = 1;
  private static final int KERNEL = 0;

  /// Room for some hundred thousand events, as udevd asks for; the kernel counts, but does not set
  /// aside, what is not used.
  private static final int BUFFER_SIZE = 128 << 20;

  /// Eight times what the kernel puts into an event (UEVENT_BUFFER_SIZE).
  private static final int MESSAGE_SIZE = 16 << 10;

  private final Descriptor socket;
  private final EventDescriptor wakeup = new EventDescriptor();
  private final Message message;

  private UeventSocket(Descriptor socket, int messageSize) {
    this.socket = socket;
    this.message = new Message(messageSize);
  }

  /// Listens from now on.
  static UeventSocket open() {
    return open(BUFFER_SIZE, MESSAGE_SIZE);
  }

  /// @param bufferSize what the kernel may keep for us, in bytes
  /// @param messageSize the longest event there is room for, in bytes
  static UeventSocket open(int bufferSize, int messageSize) {
    Descriptor socket =
        Sockets.open(
            Sockets.AF_NETLINK, Sockets.SOCK_RAW | Sockets.SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    try {
      makeRoom(socket, bufferSize);
      Sockets.bindNetlink(socket, GROUP_KERNEL);
      return new UeventSocket(socket, messageSize);
    } catch (DriverfsException e) {
      socket.close();
      throw e;
    }
  }

  /// What is next; it does not wait.
  Received receive() {
    long size = message.receive(socket);
    if (size < 0) {
      return failed(Errno.ofCode((int) -size));
    }
    if (message.netlinkSender() != KERNEL) {
      return new Received.Rejected(
          "a uevent sent by port "
              + Integer.toUnsignedString(message.netlinkSender())
              + ", not by the kernel");
    }
    if (message.isTruncated()) {
      return new Received.Lost("a uevent is longer than " + size + " bytes");
    }
    return UeventParser.parse(message.content().asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
  }

  /// Waits until there is something to receive, or until [#wake] was called since the last time.
  void await() {
    Poll.await(Poll.IN, null, socket, wakeup.descriptor());
    wakeup.clear();
  }

  /// Ends the wait of the receiving thread, or its next one.
  void wake() {
    wakeup.signal();
  }

  @Override
  public void close() {
    socket.close();
    wakeup.close();
  }

  /// Beyond the system's limit if this process may, else as far as that allows.
  private static void makeRoom(Descriptor socket, int bufferSize) {
    try {
      Sockets.setOption(socket, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, bufferSize);
    } catch (DriverfsException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      Sockets.setOption(socket, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, bufferSize);
    }
  }

  private static Received failed(Errno errno) {
    return switch (errno) {
      case EAGAIN, EINTR -> new Received.Nothing();
      case ENOBUFS -> new Received.Lost("the kernel had no room left for our uevents");
      default ->
          throw new DriverfsException(errno, "uevent socket", "can no longer be received from");
    };
  }
}
