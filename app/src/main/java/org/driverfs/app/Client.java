package org.driverfs.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// The other end of the daemon's socket: passes a command line on and copies the answer.
final class Client {
  private final Path socket;
  private final SocketChannel channel;

  private Client(Path socket, SocketChannel channel) {
    this.socket = socket;
    this.channel = channel;
  }

  /// Finds the daemon.
  ///
  /// @return empty if none answers there
  /// @throws DriverfsException EACCES if it is somebody else's
  static Optional<Client> connect(Path socket) {
    try {
      return Optional.of(
          new Client(socket, SocketChannel.open(UnixDomainSocketAddress.of(socket))));
    } catch (IOException e) {
      if ("Permission denied".equals(e.getMessage())) {
        throw new DriverfsException(
            Errno.EACCES, socket.toString(), "belongs to the daemon of another user");
      }
      return Optional.empty();
    }
  }

  /// Has the daemon run a command, with the streams of this process.
  ///
  /// @return the exit status
  int run(List<String> arguments) {
    boolean terminal = System.getenv("DRIVERFS_TERMINAL") != null;
    return run(
        new Wire.Request(terminal, System.getProperty("user.dir"), arguments),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err));
  }

  /// Has the daemon run a command.
  ///
  /// @return the exit status
  int run(Wire.Request request, OutputStream out, OutputStream err) {
    try (channel) {
      Wire.writeRequest(Channels.newOutputStream(channel), request);
      return Wire.copyAnswer(Channels.newInputStream(channel), out, err);
    } catch (IOException e) {
      System.err.println("driverfs: " + socket + ": the daemon ended before it had answered");
      return 1;
    }
  }
}
