package org.driverfs.app;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  /// @param arguments a directory that files can be made in, and how to start Java for a client
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
      runClient(arguments, socket);
      if (daemon.mount().isPresent()) {
        Files.readString(mount.resolve("class/net/lo/mtu"));
      }
    } finally {
      daemon.stop();
      Files.delete(mount);
    }
    Verbs.runHere(Session.ofThisProcess(), List.of("--version"));
  }

  /// Clients have a cache of their own, because Java loads all that is in a cache at its start.
  private static void runClient(String[] arguments, Path socket) throws Exception {
    List<String> command = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
    command.addAll(List.of(Main.class.getName(), "--socket", socket.toString(), "status"));
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private static void ask(Path socket, List<String> request) {
    OutputStream nowhere = OutputStream.nullOutputStream();
    Client.connect(socket).orElseThrow().run(new Wire.Request(false, request), nowhere, nowhere);
  }
}
