package org.driverfs.app;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A daemon in the background: the same command line again, in a session of its own. Until it is
/// ready it talks to whoever started it as it does to any client, through its standard output; then
/// it lets go of all streams.
final class Detach {
  /// What a person says.
  static final String OPTION = "--detach";

  /// What the process in the background is told instead.
  static final String BACKGROUND_OPTION = "--background";

  private Detach() {}

  /// Starts the daemon. Returns when it is ready or has failed.
  ///
  /// @return the exit status
  static int run() throws IOException {
    List<String> command = new ArrayList<>(List.of("setsid"));
    for (String word : Files.readString(Path.of("/proc/self/cmdline")).split("\0", 0)) {
      command.add(word.equals(OPTION) ? BACKGROUND_OPTION : word);
    }
    Process daemon =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      return Wire.copyAnswer(daemon.getInputStream(), System.out, System.err);
    } catch (EOFException e) {
      System.err.println("driverfs: the daemon ended before it was ready");
      return Verb.FAILED;
    }
  }

  /// Runs the daemon, in the process that [#run] has started.
  ///
  /// @return the exit status
  static int runInBackground(List<String> arguments) throws IOException {
    var starter = new FileOutputStream(FileDescriptor.out);
    var session = new Session(null, stream(starter, Wire.OUT), stream(starter, Wire.ERR), false);
    int status = Verbs.runHere(session, arguments);
    if (starter.getFD().valid()) {
      Wire.writeExit(starter, status);
    }
    return status;
  }

  /// Tells whoever started this process that it is ready, and lets go of the streams that it was
  /// given: closing them, the JDK puts /dev/null in their place.
  static void letGo(Session session) {
    session.out().flush();
    session.err().flush();
    try (var out = new FileOutputStream(FileDescriptor.out);
        var _ = new FileOutputStream(FileDescriptor.err)) {
      Wire.writeExit(out, Verb.DONE);
    } catch (IOException e) {
      System.getLogger("driverfs.app")
          .log(System.Logger.Level.DEBUG, "who started this has gone: {0}", e.toString());
    }
  }

  private static PrintStream stream(OutputStream to, int kind) {
    return new PrintStream(
        new BufferedOutputStream(new FrameStream(to, kind)), false, StandardCharsets.UTF_8);
  }
}
