package org.driverfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Message;
import org.driverfs.posix.Sockets;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.driverfs.tree.Tree;

/// A worker of a mount of a small tree, with a socket in the place of /dev/fuse: each packet is a
/// request or a reply, as there.
final class Connection implements AutoCloseable, Subsystem<AtomicInteger> {
  private static final int SOCK_SEQPACKET = 5;
  private static final int LONGEST = 1 << 17;

  /// It makes names on a mount that is not there, and has a thread: one is enough.
  private static final Notifier NOTIFIER = notifier();

  private static final Message RECEIVED = new Message(LONGEST);

  private final FileSet<AtomicInteger> files =
      FileSet.of(
          FileEntry.<AtomicInteger>text(
              "value", 0644, value -> value + "\n", (value, text) -> value.set(text.length())),
          FileEntry.<AtomicInteger>readOnly("constant", _ -> "größer\n").constant(),
          FileEntry.<AtomicInteger>readOnly("long", _ -> "0123456789".repeat(1000)));
  private final Tree tree = new Tree();
  private final AtomicInteger users = new AtomicInteger();
  private final Session session = new Session();
  private final Sockets.Pair sockets = Sockets.pair(SOCK_SEQPACKET | Sockets.SOCK_NONBLOCK);
  private final SystemCalls calls = new SystemCalls();
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Workers workers;
  private final Worker worker;

  Connection() {
    Directory<AtomicInteger> thing =
        tree.root()
            .createDirectory("thing", new DirectoryType<>(this, files), new AtomicInteger(7));
    tree.root().createLink("link", thing);
    Directory<Void> many = tree.root().createDirectory("many");
    for (int i = 0; i < 40; i++) {
      many.createDirectory("entry-ü-" + i);
    }
    nodes = new KnownNodes(tree.root());
    directories = new OpenDirectories(nodes);
    var nodeOperations = new NodeOperations(tree, nodes, new Attributes(), NOTIFIER);
    var fileOperations = new FileOperations(tree.openFiles(), nodeOperations, NOTIFIER);
    var directoryOperations = new DirectoryOperations(nodeOperations, directories);
    var dispatcher =
        new FuseDispatcher(nodeOperations, fileOperations, directoryOperations, session);
    workers =
        new Workers("fuzz", 4, session, dispatcher, _ -> sockets.first(), fileOperations::release);
    worker = new Worker(workers, dispatcher, sockets.first(), null);
    session.workers().add(worker);
  }

  private static Notifier notifier() {
    var tree = new Tree();
    var nodes = new KnownNodes(tree.root());
    Descriptor nobody = Sockets.pair(SOCK_SEQPACKET).first();
    return new Notifier(
        nodes, new OpenDirectories(nodes), new Session(), Path.of("/nowhere"), nobody);
  }

  /// Sends one request.
  ///
  /// @return the replies
  List<ByteBuffer> exchange(byte[] request) {
    MemorySegment content = RECEIVED.content();
    MemorySegment.copy(request, 0, content, JAVA_BYTE, 0, request.length);
    calls.write(sockets.second().number(), content.address(), request.length);
    worker.serveOne(calls);
    List<ByteBuffer> replies = new ArrayList<>();
    for (long size; (size = RECEIVED.receive(sockets.second())) > 0; ) {
      byte[] reply = content.asSlice(0, size).toArray(JAVA_BYTE);
      replies.add(ByteBuffer.wrap(reply).order(ByteOrder.nativeOrder()));
    }
    return replies;
  }

  /// What a client that has gone must not leave behind: nodes but the root, and all that is open.
  int held() {
    return nodes.size() - 1 + directories.size() + tree.openFiles().size() + users.get();
  }

  @Override
  public boolean get(AtomicInteger thing) {
    users.incrementAndGet();
    return true;
  }

  @Override
  public void put(AtomicInteger thing) {
    users.decrementAndGet();
  }

  /// Ends the worker, which gives its buffers back.
  @Override
  public void close() {
    workers.stop();
    while (worker.takeTurn()) {}
    sockets.second().close();
  }
}
