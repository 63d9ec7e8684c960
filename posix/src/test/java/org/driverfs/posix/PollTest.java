package org.driverfs.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PollTest {
  @Test
  void await_nothingReady_endsWithTheTime() {
    try (var event = new EventDescriptor()) {
      assertThat(Poll.await(Poll.IN, Duration.ofMillis(1), event.descriptor())).containsExactly(0);
    }
  }

  @Test
  void await_oneOfTwoReady_tellsWhich() {
    try (var first = new EventDescriptor();
        var second = new EventDescriptor()) {
      second.signal();
      assertThat(Poll.await(Poll.IN, null, first.descriptor(), second.descriptor()))
          .containsExactly(0, Poll.IN);
      assertThat(second.clear()).isTrue();
      assertThat(second.clear()).isFalse();
      assertThat(Poll.await(Poll.IN, Duration.ZERO, second.descriptor())).containsExactly(0);
    }
  }

  @Test
  void await_signalFromAnotherThread_wakes() throws Exception {
    try (var event = new EventDescriptor()) {
      Thread thread = Thread.ofPlatform().start(event::signal);
      assertThat(Poll.await(Poll.IN, null, event.descriptor())).containsExactly(Poll.IN);
      thread.join();
    }
  }

  @Test
  void epoll_readyDescriptors_areReportedByTheirKeys() {
    try (var epoll = new Epoll();
        var first = new EventDescriptor();
        var second = new EventDescriptor()) {
      epoll.add(first.descriptor(), Poll.IN, 0x1234_5678_9abcL);
      epoll.add(second.descriptor(), Poll.IN, -2);
      first.signal();
      second.signal();
      assertThat(keys(epoll)).containsExactlyInAnyOrder(0x1234_5678_9abcL, -2L);
      epoll.remove(first.descriptor());
      epoll.remove(first.descriptor());
      assertThat(keys(epoll)).containsExactly(-2L);
    }
  }

  @Test
  void epoll_regularFile_cannotBeWatched() {
    try (var epoll = new Epoll();
        Descriptor file = Descriptor.open("/etc/passwd", OpenFlags.RDONLY)) {
      assertThatThrownBy(() -> epoll.add(file, Poll.IN, 1)).hasMessageContaining("(EPERM)");
    }
  }

  private static List<Long> keys(Epoll epoll) {
    var keys = new ArrayList<Long>();
    epoll.await(keys::add);
    return keys;
  }
}
