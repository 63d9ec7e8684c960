package org.driverfs.drivers.onewire;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Asks an owserver one question at a time, each over its own connection. A message is 24 bytes
/// (six numbers: version, length, type or result, flags, size, offset) and a text. Thread-safe.
final class OwServer implements AutoCloseable {
  static final int READ = 2;
  static final int WRITE = 3;
  static final int LIST = 7;
  private static final int MOST_BYTES = 100_050;
  private static final int TIMEOUT_MILLIS = 5_000;

  private final URI server;
  private volatile Socket socket = new Socket(); // of the last question

  OwServer(String address) {
    server = URI.create("owserver://" + address);
    if (server.getPort() < 0) {
      throw new DriverfsException(Errno.EINVAL, address, "is no host:port such as localhost:4304");
    }
  }

  /// @throws DriverfsException ECONNREFUSED, ETIMEDOUT or EIO without an answer; EIO if it is a no
  synchronized String ask(int type, String path, String value) {
    try (Socket asked = SocketChannel.open().socket()) { // one of a channel obeys interrupts
      socket = asked;
      asked.setSoTimeout(TIMEOUT_MILLIS);
      asked.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
      byte[] text = (path + "\0" + value).getBytes(StandardCharsets.UTF_8);
      var message = ByteBuffer.allocate(24 + text.length).putInt(4, text.length).putInt(8, type);
      message.putInt(16, value.isEmpty() ? MOST_BYTES : value.length()).put(24, text);
      asked.getOutputStream().write(message.array());
      return answer(path, new DataInputStream(asked.getInputStream()));
    } catch (IOException e) {
      Errno other = e instanceof ConnectException ? Errno.ECONNREFUSED : Errno.EIO;
      Errno errno = e instanceof SocketTimeoutException ? Errno.ETIMEDOUT : other;
      throw new DriverfsException(errno, "", server + " does not answer: " + e.getMessage(), e);
    }
  }

  private static String answer(String path, DataInputStream from) throws IOException {
    var header = ByteBuffer.allocate(24);
    do {
      from.readFully(header.array());
    } while (header.getInt(4) < 0); // it is busy, and says so each second
    if (header.getInt(8) < 0) {
      throw new DriverfsException(Errno.EIO, "", "owserver refuses " + path);
    }
    var text = new byte[Math.min(MOST_BYTES, header.getInt(4))];
    from.readFully(text);
    return new String(text, StandardCharsets.UTF_8).trim();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
