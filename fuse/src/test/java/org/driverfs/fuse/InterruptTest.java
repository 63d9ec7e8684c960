package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.driverfs.errno.Errno;
import org.driverfs.posix.Message;
import org.driverfs.posix.Sockets;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A worker with a socket in the place of /dev/fuse.
@Timeout(60)
class InterruptTest {
  private static final int SOCK_SEQPACKET = 5;
  private static final int INTERRUPT = 36;
  private static final int SIZE = 48;

  private final Tree tree = new Tree();
  private final Sockets.Pair sockets = Sockets.pair(SOCK_SEQPACKET | Sockets.SOCK_NONBLOCK);
  private final SystemCalls calls = new SystemCalls();
  private final Message received = new Message(1 << 12);
  private final Session session = new Session();
  private final KnownNodes nodes = new KnownNodes(tree.root());
  private final OpenDirectories directories = new OpenDirectories(nodes);
  private final Notifier notifier =
      new Notifier(nodes, directories, session, Path.of("/nowhere"), sockets.first());
  private final Worker worker = worker();

  private Worker worker() {
    var operations = new NodeOperations(tree, nodes, new Attributes(), notifier);
    var files = new FileOperations(tree.openFiles(), operations, notifier);
    var dispatcher =
        new FuseDispatcher(
            operations, files, new DirectoryOperations(operations, directories), session);
    var workers = new Workers("test", 4, session, dispatcher, _ -> sockets.first(), files::release);
    var made = new Worker(workers, dispatcher, sockets.first(), null);
    session.workers().add(made);
    return made;
  }

  @AfterEach
  void end() {
    notifier.stop();
    worker.close();
    sockets.close();
  }

  /// The kernel repeats an interrupt that is answered so at once, for as long as its client waits:
  /// the two would do nothing else.
  @Test
  void interrupt_ofWhatIsNotInADriver_isAskedForAgainButNotAtOnce() {
    send(1001, 1000);
    assertThat(worker.serveOne(calls)).isTrue();
    assertThat(received.receive(sockets.second())).as("no answer").isNegative();
    assertThat(session.hasUnanswered()).isTrue();
    session.askAgain();
    assertThat(received.receive(sockets.second())).isEqualTo(Reply.HEADER);
    assertThat(received.content().get(ValueLayout.JAVA_INT_UNALIGNED, 4))
        .isEqualTo(-Errno.EAGAIN.code());
    assertThat(received.content().get(ValueLayout.JAVA_LONG_UNALIGNED, 8)).isEqualTo(1001);
    assertThat(session.hasUnanswered()).isFalse();
  }

  private void send(long unique, long interrupted) {
    MemorySegment request = received.content().asSlice(0, SIZE).fill((byte) 0);
    request.set(ValueLayout.JAVA_INT_UNALIGNED, 0, SIZE);
    request.set(ValueLayout.JAVA_INT_UNALIGNED, 4, INTERRUPT);
    request.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, unique);
    request.set(ValueLayout.JAVA_LONG_UNALIGNED, Frame.HEADER, interrupted);
    assertThat(calls.write(sockets.second().number(), request.address(), SIZE)).isEqualTo(SIZE);
  }
}
