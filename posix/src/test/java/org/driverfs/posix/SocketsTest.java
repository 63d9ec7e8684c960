package org.driverfs.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;

class SocketsTest {
  @Test
  void send_withADescriptor_opensTheSameFileThere() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_STREAM);
        Descriptor sent = Descriptor.open("/etc/passwd", OpenFlags.RDONLY)) {
      assertThat(new Message(1).send(pair.first(), 1, sent)).isEqualTo(1);
      var message = new Message(16);
      assertThat(message.receive(pair.second())).isEqualTo(1);
      try (Descriptor received = message.passed().orElseThrow()) {
        assertThat(received.number()).isNotEqualTo(sent.number());
        assertThat(FileStatus.of(received, "")).isEqualTo(FileStatus.of(sent, ""));
      }
    }
  }

  @Test
  void receive_withoutADescriptor_hasNone() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_DGRAM)) {
      write(pair.first(), "hello");
      var message = new Message(16);
      assertThat(message.receive(pair.second())).isEqualTo(5);
      assertThat(message.passed()).isEmpty();
      assertThat(message.isTruncated()).isFalse();
      assertThat(message.content().asSlice(0, 5).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo("hello".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void receive_messageTooLong_isSaidToBeTruncated() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_DGRAM)) {
      write(pair.first(), "hello");
      var message = new Message(2);
      assertThat(message.receive(pair.second())).isEqualTo(2);
      assertThat(message.isTruncated()).isTrue();
    }
  }

  @Test
  void receive_nothingThere_asksToTryAgain() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_DGRAM | Sockets.SOCK_NONBLOCK)) {
      assertThat(new Message(2).receive(pair.first())).isEqualTo(-Errno.EAGAIN.code());
    }
  }

  @Test
  void bindNetlink_notANetlinkSocket_isRefused() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_DGRAM)) {
      assertThatThrownBy(() -> Sockets.bindNetlink(pair.first(), 1)).hasMessageContaining("EINVAL");
    }
  }

  @Test
  void setOption_unknownOption_isRefusedWithItsNumber() {
    try (Sockets.Pair pair = Sockets.pair(Sockets.SOCK_DGRAM)) {
      Sockets.setOption(pair.first(), Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, 1 << 16);
      assertThatThrownBy(() -> Sockets.setOption(pair.first(), Sockets.SOL_SOCKET, 4711, 1))
          .hasMessageContaining("4711");
    }
  }

  private static void write(Descriptor socket, String text) {
    try (var arena = Arena.ofConfined()) {
      long address = arena.allocateFrom(text).address();
      assertThat(new SystemCalls().write(socket.number(), address, text.length())).isPositive();
    }
  }
}
