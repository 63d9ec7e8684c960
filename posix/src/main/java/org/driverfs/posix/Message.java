package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A buffer for one message of a socket, with its sender and a descriptor that may come along
/// (sendmsg(2), recvmsg(2), unix(7)). It is used again for the next message, by one thread at a
/// time.
public final class Message {
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SCM_RIGHTS = 1;

  private static final int SENDER_SIZE = 128;
  private static final int CONTROL_SIZE = 24;
  private static final int CONTROL_LENGTH = 20;

  // The fields of struct msghdr and of struct cmsghdr, the same on all 64-bit machines.
  private static final int HEADER_SIZE = 56;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH_FIELD = 40;
  private static final int FLAGS = 48;
  private static final int LEVEL = 8;
  private static final int TYPE = 12;
  private static final int PASSED = 16;

  private final MemorySegment header;
  private final MemorySegment vector;
  private final MemorySegment sender;
  private final MemorySegment control;
  private final MemorySegment content;

  /// @param capacity the longest message there is room for, in bytes
  public Message(int capacity) {
    Arena arena = Arena.ofAuto();
    header = arena.allocate(HEADER_SIZE, 8);
    vector = arena.allocate(JAVA_LONG, 2);
    sender = arena.allocate(SENDER_SIZE, 8);
    control = arena.allocate(CONTROL_SIZE, 8);
    content = arena.allocate(capacity, 8);
    header.set(JAVA_LONG, VECTOR, vector.address());
    header.set(JAVA_LONG, VECTOR_COUNT, 1);
    vector.setAtIndex(JAVA_LONG, 0, content.address());
  }

  /// The bytes to send, or those that came.
  public MemorySegment content() {
    return content;
  }

  /// recvmsg(2).
  ///
  /// @param socket where from
  /// @return the message's size in bytes, 0 at the end of a stream, or a negative error number
  public long receive(Descriptor socket) {
    header.set(JAVA_LONG, NAME, sender.address());
    header.set(JAVA_INT, NAME_LENGTH, SENDER_SIZE);
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH_FIELD, CONTROL_SIZE);
    vector.setAtIndex(JAVA_LONG, 1, content.byteSize());
    return SystemCalls.ofThread()
        .call(Abi.RECVMSG, socket.number(), header.address(), MSG_CMSG_CLOEXEC, 0);
  }

  /// Was the last message longer than there was room for? What is left of it is lost.
  public boolean isTruncated() {
    return (header.get(JAVA_INT, FLAGS) & MSG_TRUNC) != 0;
  }

  /// The netlink address that the last message came from: 0 is the kernel (netlink(7)).
  public int netlinkSender() {
    return sender.get(JAVA_INT, 4);
  }

  /// The descriptor that came with the last message. Each call takes charge of it anew, so it is
  /// asked for once.
  public Optional<Descriptor> passed() {
    boolean there =
        header.get(JAVA_LONG, CONTROL_LENGTH_FIELD) >= CONTROL_LENGTH
            && control.get(JAVA_INT, LEVEL) == Sockets.SOL_SOCKET
            && control.get(JAVA_INT, TYPE) == SCM_RIGHTS;
    return there ? Optional.of(Descriptor.of(control.get(JAVA_INT, PASSED))) : Optional.empty();
  }

  /// sendmsg(2) with a descriptor: the receiver gets one of its own for the same open file.
  ///
  /// @param socket where to: a local one
  /// @param size how many bytes of the content go along, at least 1
  /// @param passed what is sent; it stays open here
  /// @return the number of bytes sent, or a negative error number
  public long send(Descriptor socket, long size, Descriptor passed) {
    header.set(JAVA_LONG, NAME, 0);
    header.set(JAVA_INT, NAME_LENGTH, 0);
    header.set(JAVA_LONG, CONTROL, control.address());
    header.set(JAVA_LONG, CONTROL_LENGTH_FIELD, CONTROL_SIZE);
    control.set(JAVA_LONG, 0, CONTROL_LENGTH);
    control.set(JAVA_INT, LEVEL, Sockets.SOL_SOCKET);
    control.set(JAVA_INT, TYPE, SCM_RIGHTS);
    control.set(JAVA_INT, PASSED, passed.number());
    vector.setAtIndex(JAVA_LONG, 1, size);
    return SystemCalls.ofThread().call(Abi.SENDMSG, socket.number(), header.address(), 0, 0);
  }

  /// sendmsg(2) to the listeners of a netlink socket's protocol, as the kernel itself would
  /// (netlink(7)); it needs CAP_NET_ADMIN.
  ///
  /// @param socket a netlink socket
  /// @param size how many bytes of the content go along
  /// @param groups a bit for each multicast group, the lowest for group 1
  /// @return the number of bytes sent, or a negative error number
  public long sendToGroups(Descriptor socket, long size, int groups) {
    sender.fill((byte) 0);
    sender.set(JAVA_INT, 0, Sockets.AF_NETLINK);
    sender.set(JAVA_INT, 8, groups);
    header.set(JAVA_LONG, NAME, sender.address());
    header.set(JAVA_INT, NAME_LENGTH, Sockets.SOCKADDR_NL_SIZE);
    header.set(JAVA_LONG, CONTROL, 0);
    header.set(JAVA_LONG, CONTROL_LENGTH_FIELD, 0);
    vector.setAtIndex(JAVA_LONG, 1, size);
    return SystemCalls.ofThread().call(Abi.SENDMSG, socket.number(), header.address(), 0, 0);
  }
}
