package org.driverfs.drivers.onewire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A server whose answers a test says, for what no real one does when it is asked to.
final class ScriptedServer implements AutoCloseable {
  /// Answers one question.
  interface Script {
    /// @param path what was asked for
    void answer(String path, DataOutputStream to) throws IOException, InterruptedException;
  }

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger questions = new AtomicInteger();

  ScriptedServer(Script script) throws IOException {
    threads.execute(() -> {
      try {
        while (true) {
          Socket socket = listening.accept();
          threads.execute(() -> serve(socket, script));
        }
      } catch (IOException _) {
        // it was closed
      }
    });
  }

  private void serve(Socket accepted, Script script) {
    try (accepted) {
      var from = new DataInputStream(accepted.getInputStream());
      from.readInt();
      int length = from.readInt();
      from.skipNBytes(16);
      String text = new String(from.readNBytes(length), UTF_8);
      questions.incrementAndGet();
      script.answer(
          text.substring(0, text.indexOf('\0')), new DataOutputStream(accepted.getOutputStream()));
    } catch (IOException | InterruptedException _) {
      // the client has gone, or the test has ended
    }
  }

  /// A message of the protocol, whether or not it makes sense.
  static void message(DataOutputStream to, int length, int result, String text) throws IOException {
    for (int number : new int[] {0, length, result, 0, length, 0}) {
      to.writeInt(number);
    }
    to.writeBytes(text);
    to.flush();
  }

  String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /// How often it was asked.
  int questions() {
    return questions.get();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
    threads.close();
  }
}
