package org.driverfs.app;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;

/// The command. All verbs but `up` and `new-driver` are passed on to the daemon; on that way
/// nothing is loaded that is not needed, because a person waits for it.
public final class Main {
  private Main() {}

  /// Runs the command and exits with its status.
  ///
  /// @param arguments a verb and what belongs to it
  public static void main(String... arguments) throws IOException {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) throws IOException {
    String verb = arguments.isEmpty() ? "" : arguments.getFirst();
    boolean up = verb.equals("up");
    if (up && arguments.contains(Detach.OPTION)) {
      return Detach.run();
    }
    if (up && arguments.contains(Detach.BACKGROUND_OPTION)) {
      return Detach.runInBackground(arguments);
    }
    try {
      boolean here = up || verb.equals(NewDriverVerb.NAME);
      Optional<Client> daemon = here ? Optional.empty() : Client.connect(Places.socket(arguments));
      if (daemon.isEmpty()) {
        return Verbs.runHere(Session.ofThisProcess(), arguments);
      }
      // Unlike exit, this does not look for a logger first, which would take as long as the rest.
      Runtime.getRuntime().halt(daemon.get().run(arguments));
      return 0;
    } catch (DriverfsException e) {
      System.err.println("driverfs: " + e.getMessage());
      return 1;
    }
  }
}
