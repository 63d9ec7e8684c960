package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Sockets;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Without a mount: what is written to the kernel, a socket takes.
@Timeout(60)
class NotifierTest {
  private static final int SOCK_SEQPACKET = 5;

  private final Tree tree = new Tree();
  private final Sockets.Pair sockets = Sockets.pair(SOCK_SEQPACKET | Sockets.SOCK_NONBLOCK);
  private final KnownNodes nodes = new KnownNodes(tree.root());
  private final Notifier notifier =
      new Notifier(
          nodes, new OpenDirectories(nodes), new Session(), Path.of("/nowhere"), sockets.first());

  @AfterEach
  void stop() throws InterruptedException {
    notifier.stop();
    assertThat(notifier.join(Mounted.PATIENCE)).isTrue();
    sockets.close();
  }

  @Test
  void settle_threadIsNotThere_isEio() {
    assertThat(notifier.isAlive()).isFalse();
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() -> notifier.settle(Mounted.PATIENCE))
        .satisfies(e -> assertThat(e.errno()).isSameAs(Errno.EIO));
  }

  @Test
  void settle_afterAChange_comesToAnEnd() throws Exception {
    notifier.start();
    tree.addListener(notifier);
    tree.root().createDirectory("new");
    notifier.settle(Mounted.PATIENCE);
    assertThat(notifier.waiting()).isZero();
    assertThat(notifier.isAlive()).isTrue();
    assertThat(notifier.failures()).isZero();
  }

  @Test
  void settle_afterTheEnd_waitsForNothing() throws Exception {
    notifier.start();
    notifier.stop();
    notifier.settle(Duration.ofDays(365_000));
  }
}
