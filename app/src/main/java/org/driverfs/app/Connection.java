package org.driverfs.app;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One client: its request, and the verb that answers it.
///
/// The verb has a platform thread, because the driver code that it calls may block in the kernel;
/// the thread of the connection watches the client meanwhile, and interrupts the verb when the
/// client goes away.
final class Connection implements Runnable {
  private static final System.Logger LOG = System.getLogger("driverfs.app");
  private static final int BUFFER = 1 << 13;

  private final SocketChannel channel;
  private final Daemon daemon;
  private volatile @Nullable Thread verb;

  Connection(SocketChannel channel, Daemon daemon) {
    this.channel = channel;
    this.daemon = daemon;
  }

  @Override
  public void run() {
    try (channel) {
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
      Wire.Request request = Wire.readRequest(in);
      Thread worker = Thread.ofPlatform().daemon().name("verb").unstarted(() -> answer(request));
      verb = worker;
      worker.start();
      try {
        in.transferTo(OutputStream.nullOutputStream());
      } finally {
        worker.interrupt(); // the client has gone, or has its answer
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a client has gone: {0}", e.toString());
    }
  }

  private void answer(Wire.Request request) {
    try (channel) {
      OutputStream to = Channels.newOutputStream(channel);
      var session =
          new Session(
              daemon,
              stream(to, Wire.OUT),
              stream(to, Wire.ERR),
              request.terminal(),
              request.directory());
      Wire.writeExit(to, Verbs.run(session, request.arguments()));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a client has gone: {0}", e.toString());
    }
  }

  /// A stream of frames. Each line would be a frame if nobody kept them together: a verb flushes
  /// when something is to be seen.
  private static PrintStream stream(OutputStream to, int kind) {
    return new PrintStream(
        new BufferedOutputStream(new FrameStream(to, kind), BUFFER), false, StandardCharsets.UTF_8);
  }

  /// Waits for the verb to end by itself, then ends it.
  void hangUp(Duration time) throws InterruptedException {
    Thread worker = verb;
    if (worker != null && !worker.join(time)) {
      worker.interrupt();
    }
  }
}
