package org.driverfs.app;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A run that does a bit of everything, of which the JDK makes the AOT cache (JEP 514): what is
/// loaded here need not be found, checked and linked at the next start.
final class Training {
  private static final List<List<String>> REQUESTS =
      List.of(
          List.of("status"),
          List.of("tree", "-L", "2"),
          List.of("ls", "-l", "class/net/lo/"),
          List.of("cat", "class/net/lo/mtu"),
          List.of("cat", "no/such/file"),
          List.of("no-such-verb"),
          List.of("ls", "--help"),
          List.of("lsdev", "net"),
          List.of("lsdrv"),
          List.of("settle"));

  private Training() {}

  /// Runs.
  ///
  /// @param arguments a directory that files can be made in
  public static void main(String... arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Path mount = Files.createDirectory(directory.resolve("training"));
    Path socket = directory.resolve("socket");
    var daemon = new Daemon(Settings.of(new UpOptions(mount, socket, null, false)));
    try {
      daemon.start();
      System.out.print(daemon.welcome());
      for (List<String> request : REQUESTS) {
        ask(socket, request);
      }
      if (daemon.mount().isPresent()) {
        Files.readString(mount.resolve("class/net/lo/mtu"));
      }
    } finally {
      daemon.stop();
      Files.delete(mount);
    }
    Verbs.runHere(Session.ofThisProcess(), List.of("--version"));
  }

  private static void ask(Path socket, List<String> request) {
    OutputStream nowhere = OutputStream.nullOutputStream();
    Client.connect(socket).orElseThrow().run(new Wire.Request(false, request), nowhere, nowhere);
  }
}
