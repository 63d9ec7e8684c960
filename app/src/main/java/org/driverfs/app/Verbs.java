package org.driverfs.app;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Parses a command line, runs its verb, and turns what goes wrong into words and an exit status.
final class Verbs {
  private static final System.Logger LOG = System.getLogger("driverfs.app");

  private Verbs() {}

  /// Runs a command line in this process, where there is no daemon.
  ///
  /// @return the exit status
  static int runHere(List<String> arguments) {
    return run(new Session(null, System.out, System.err, false), arguments);
  }

  /// Runs a command line.
  ///
  /// @return the exit status
  static int run(Session session, List<String> arguments) {
    int status =
        commandLine(session)
            .setExecutionExceptionHandler((thrown, _, _) -> failed(session, thrown))
            .setParameterExceptionHandler((thrown, _) -> misused(session, thrown))
            .execute(arguments.toArray(String[]::new));
    session.out().flush();
    session.err().flush();
    return status;
  }

  private static CommandLine commandLine(Session session) {
    return new CommandLine(new Driverfs(session))
        .setOut(writer(session.out()))
        .setErr(writer(session.err()))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  private static int failed(Session session, Exception thrown) {
    session.complain(asFailure(thrown));
    return Verb.FAILED;
  }

  private static DriverfsException asFailure(Exception thrown) {
    return switch (thrown) {
      case DriverfsException known -> known;
      case InterruptedException _ ->
          new DriverfsException(Errno.EINTR, "the daemon", "was stopped meanwhile");
      default -> {
        LOG.log(System.Logger.Level.ERROR, "a verb failed", thrown);
        yield new DriverfsException(
            Errno.EIO, "driverfs", "this is a bug: " + thrown + "; see the log", thrown);
      }
    };
  }

  private static int misused(Session session, ParameterException thrown) {
    CommandLine misused = thrown.getCommandLine();
    session.err().println("driverfs: " + thrown.getMessage());
    session.err().println("Try `" + misused.getCommandSpec().qualifiedName() + " --help`.");
    return misused.getCommandSpec().exitCodeOnInvalidInput();
  }
}
