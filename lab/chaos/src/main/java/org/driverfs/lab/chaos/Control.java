package org.driverfs.lab.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One command over the daemon's socket, as the `driverfs` command would give it, without a process
/// for each. Closing it from another thread hangs up.
final class Control implements AutoCloseable {
  private static final int MAGIC = 0x64667332;
  private static final int OUT = 1;
  private static final int EXIT = 3;

  /// What the daemon has said.
  ///
  /// @param status the exit status
  /// @param taken how long that has taken, where somebody looked
  record Answer(int status, String out, String err, Duration taken) {
    Answer after(Duration time) {
      return new Answer(status, out, err, time);
    }

    /// Both, in short.
    String brief() {
      String text = (out + err).strip().replace('\n', '|');
      return status + ": " + text.substring(0, Math.min(400, text.length()));
    }
  }

  private final SocketChannel channel;

  private Control(SocketChannel channel) {
    this.channel = channel;
  }

  static Control connect(Path socket) throws IOException {
    return new Control(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  Answer ask(List<String> words) throws IOException {
    var request = new ByteArrayOutputStream();
    var bytes = new DataOutputStream(request);
    bytes.writeInt(MAGIC);
    bytes.writeBoolean(false);
    bytes.writeInt(1 + words.size());
    bytes.writeInt(0); // nowhere
    for (String word : words) {
      byte[] text = word.getBytes(UTF_8);
      bytes.writeInt(text.length);
      bytes.write(text);
    }
    request.writeTo(Channels.newOutputStream(channel));
    return answer(new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel))));
  }

  private static Answer answer(DataInputStream in) throws IOException {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    while (true) {
      int kind = in.readUnsignedByte();
      int number = in.readInt();
      if (kind == EXIT) {
        return new Answer(number, out.toString(UTF_8), err.toString(UTF_8), Duration.ZERO);
      }
      (kind == OUT ? out : err).write(in.readNBytes(number));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
