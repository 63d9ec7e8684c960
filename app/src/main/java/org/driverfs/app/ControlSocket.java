package org.driverfs.app;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.VitalThread;

/// The Unix socket that the verbs come through. Its mode lets nobody but its owner in.
///
/// Thread-safe.
final class ControlSocket implements AutoCloseable {
  private final Path file;
  private final ServerSocketChannel listening;
  private final Daemon daemon;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

  private ControlSocket(Path file, ServerSocketChannel listening, Daemon daemon) {
    this.file = file;
    this.listening = listening;
    this.daemon = daemon;
  }

  /// Opens the socket. Whoever does that holds the lock beside it, so that a socket that nobody
  /// answers was left behind.
  ///
  /// @throws DriverfsException EADDRINUSE if another program answers there; EEXIST if a file is in
  ///   the way; EIO if it cannot be made
  static ControlSocket open(Path file, Daemon daemon) {
    removeStale(file);
    try {
      ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        listening.bind(UnixDomainSocketAddress.of(file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        listening.close();
        throw e;
      }
      var socket = new ControlSocket(file, listening, daemon);
      VitalThread.start("driverfs-socket", socket::accept);
      return socket;
    } catch (IOException e) {
      throw new DriverfsException(
          Errno.EIO, file.toString(), "the socket cannot be made: " + e.getMessage(), e);
    }
  }

  private static void removeStale(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(file)) {
      throw new DriverfsException(
          Errno.EEXIST, file.toString(), "is in the way of the socket; name another with --socket");
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      throw new DriverfsException(
          Errno.EADDRINUSE,
          file.toString(),
          "another program listens there; name another socket with --socket");
    } catch (IOException nobodyAnswers) {
      try {
        Files.delete(file);
      } catch (IOException e) {
        throw new DriverfsException(
            Errno.EIO, file.toString(), "was left behind and cannot be removed: " + e, e);
      }
    }
  }

  /// One client. What cannot be had for it now, a descriptor or a thread, is no reason to take none
  /// that comes later.
  private boolean accept() throws IOException {
    SocketChannel channel;
    try {
      channel = listening.accept();
    } catch (ClosedChannelException _) {
      return false;
    }
    var connection = new Connection(channel, daemon);
    connections.add(connection);
    boolean isStarted = false;
    try {
      Thread.ofPlatform().daemon().name("connection").start(() -> serve(connection));
      isStarted = true;
    } finally {
      if (!isStarted) {
        connections.remove(connection);
        channel.close();
      }
    }
    return true;
  }

  private void serve(Connection connection) {
    try {
      connection.run();
    } finally {
      connections.remove(connection);
    }
  }

  /// Lets nobody in any more, and removes the socket.
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    listening.close();
  }

  /// Hangs up on those who are still here, apart from those whose verb is over within that time.
  void hangUp(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (Connection connection : connections) {
      connection.hangUp(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
  }
}
