package org.driverfs.app;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What passes between client and daemon: one request, then frames of the answer.
///
/// Numbers are 32 bits wide, the highest byte first. A request is a magic number, a flag for a
/// terminal (one byte), the number of texts that follow, and each as its length and UTF-8: the
/// directory of the client, and the arguments. A frame is a kind (one byte) and a length with that
/// many bytes; of the last one, the length is the exit status, and there are no bytes.
final class Wire {
  /// What a client wants.
  ///
  /// @param terminal whether a person looks at the answer
  /// @param directory where the client is, for what is relative to that; empty for nowhere
  /// @param arguments the command line
  record Request(boolean terminal, String directory, List<String> arguments) {
    /// From nowhere.
    Request(boolean terminal, List<String> arguments) {
      this(terminal, "", arguments);
    }
  }

  private static final int MAGIC = 0x64667332; // dfs2
  private static final int MOST_ARGUMENTS = 1 << 16;
  private static final int MOST_BYTES = 1 << 22;
  private static final int BUFFER = 1 << 16;

  static final int OUT = 1;
  static final int ERR = 2;
  static final int EXIT = 3;

  /// The exit status of a client whose reader has gone, as if SIGPIPE had ended it.
  static final int BROKEN_PIPE = 141;

  private Wire() {}

  static void writeRequest(OutputStream to, Request request) throws IOException {
    var bytes = new DataOutputStream(new BufferedOutputStream(to, BUFFER));
    bytes.writeInt(MAGIC);
    bytes.writeBoolean(request.terminal());
    bytes.writeInt(1 + request.arguments().size());
    writeText(bytes, request.directory());
    for (String argument : request.arguments()) {
      writeText(bytes, argument);
    }
    bytes.flush();
  }

  private static void writeText(DataOutputStream to, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.writeInt(bytes.length);
    to.write(bytes);
  }

  /// Reads a request.
  ///
  /// @throws StreamCorruptedException if it is none
  /// @throws EOFException if it ends too early
  static Request readRequest(InputStream from) throws IOException {
    var bytes = new DataInputStream(from);
    require(bytes.readInt() == MAGIC, "a request of driverfs");
    boolean terminal = bytes.readBoolean();
    int count = bytes.readInt();
    require(count >= 1 && count <= MOST_ARGUMENTS, "a possible number of arguments");
    List<String> arguments = new ArrayList<>();
    int left = MOST_BYTES;
    for (int i = 0; i < count; i++) {
      int length = bytes.readInt();
      require(length >= 0 && length <= left, "an argument of a possible length");
      left -= length;
      byte[] text = bytes.readNBytes(length);
      require(text.length == length, "a whole argument");
      arguments.add(new String(text, StandardCharsets.UTF_8));
    }
    return new Request(
        terminal, arguments.getFirst(), List.copyOf(arguments.subList(1, arguments.size())));
  }

  static void writeExit(OutputStream to, int status) throws IOException {
    writeFrame(to, EXIT, new byte[0], 0, 0, status);
  }

  static void writeFrame(OutputStream to, int kind, byte[] from, int offset, int length)
      throws IOException {
    writeFrame(to, kind, from, offset, length, length);
  }

  private static void writeFrame(
      OutputStream to, int kind, byte[] from, int offset, int length, int number)
      throws IOException {
    var frame = new byte[5 + length];
    frame[0] = (byte) kind;
    for (int i = 0; i < 4; i++) {
      frame[1 + i] = (byte) (number >>> (24 - 8 * i));
    }
    System.arraycopy(from, offset, frame, 5, length);
    synchronized (to) {
      to.write(frame);
      to.flush();
    }
  }

  /// Copies an answer until its end.
  ///
  /// @return the exit status
  /// @throws EOFException if there is no exit status
  static int copyAnswer(InputStream from, OutputStream out, OutputStream err) throws IOException {
    var bytes = new DataInputStream(from);
    var buffer = new byte[BUFFER];
    while (true) {
      int kind = bytes.readUnsignedByte();
      int number = bytes.readInt();
      if (kind == EXIT) {
        return number;
      }
      require((kind == OUT || kind == ERR) && number >= 0, "a frame of driverfs");
      for (int left = number; left > 0; ) {
        int count = Math.min(left, BUFFER);
        bytes.readFully(buffer, 0, count);
        if (!tryWrite(kind == OUT ? out : err, buffer, count)) {
          return BROKEN_PIPE;
        }
        left -= count;
      }
    }
  }

  private static boolean tryWrite(OutputStream to, byte[] bytes, int count) {
    try {
      to.write(bytes, 0, count);
      to.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void require(boolean is, String what) throws StreamCorruptedException {
    if (!is) {
      throw new StreamCorruptedException("not " + what);
    }
  }
}
