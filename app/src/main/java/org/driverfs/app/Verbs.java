package org.driverfs.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Parses a command line, runs its verb, and turns what goes wrong into words and an exit status.
final class Verbs {
  private static final System.Logger LOG = System.getLogger("driverfs.app");

  private static final Map<String, Class<? extends Verb>> VERBS = new LinkedHashMap<>();

  static {
    VERBS.put("up", UpVerb.class);
    VERBS.put("down", DownVerb.class);
    VERBS.put("status", StatusVerb.class);
    VERBS.put("tree", TreeVerb.class);
    VERBS.put("ls", LsVerb.class);
    VERBS.put("cat", CatVerb.class);
    VERBS.put("set", SetVerb.class);
    VERBS.put("describe", DescribeVerb.class);
    VERBS.put("snapshot", SnapshotVerb.class);
    VERBS.put("monitor", MonitorVerb.class);
    VERBS.put("lsdev", LsdevVerb.class);
    VERBS.put("lsdrv", LsdrvVerb.class);
    VERBS.put("why", WhyVerb.class);
    VERBS.put("rules", RulesVerb.class);
    VERBS.put("bind", BindVerb.class);
    VERBS.put("unbind", UnbindVerb.class);
    VERBS.put("insmod", InsmodVerb.class);
    VERBS.put("modprobe", ModprobeVerb.class);
    VERBS.put("lsmod", LsmodVerb.class);
    VERBS.put("modinfo", ModinfoVerb.class);
    VERBS.put("rmmod", RmmodVerb.class);
    VERBS.put("upgrade", UpgradeVerb.class);
    VERBS.put("leak", LeakVerb.class);
    VERBS.put("suspend", SuspendVerb.class);
    VERBS.put("resume", ResumeVerb.class);
    VERBS.put("settle", SettleVerb.class);
    VERBS.put(NewDriverVerb.NAME, NewDriverVerb.class);
    VERBS.put("completion", CompletionVerb.class);
    VERBS.put("complete", CompleteVerb.class);
  }

  private Verbs() {}

  /// What can be asked for.
  static Set<String> names() {
    return Collections.unmodifiableSet(VERBS.keySet());
  }

  /// Runs a command line in this process, where there is no daemon.
  ///
  /// @return the exit status
  static int runHere(Session session, List<String> arguments) {
    if (!arguments.isEmpty() && arguments.getFirst().equals("up")) {
      Optional<UpOptions> options = UpOptions.parsePlain(arguments);
      if (options.isPresent()) {
        return contain(session, () -> Up.run(session, options.get()));
      }
    }
    return run(session, arguments);
  }

  /// Runs a command line.
  ///
  /// @return the exit status
  static int run(Session session, List<String> arguments) {
    return contain(
        session,
        () ->
            commandLine(session, arguments)
                .setExecutionExceptionHandler((thrown, _, _) -> failed(session, thrown))
                .setParameterExceptionHandler((thrown, _) -> misused(session, thrown))
                .execute(arguments.toArray(String[]::new)));
  }

  private static int contain(Session session, Callable<Integer> action) {
    try {
      return action.call();
    } catch (Exception e) {
      return failed(session, e);
    } finally {
      session.out().flush();
      session.err().flush();
    }
  }

  /// Loads what the first verb needs, so that it need not wait for that.
  static void warmUp(Daemon daemon) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
    run(new Session(daemon, nowhere, nowhere, false), List.of("status"));
  }

  /// Knows only the verb that is asked for, if there is one: picocli looks into each class that it
  /// is given, which takes its time.
  private static CommandLine commandLine(Session session, List<String> arguments) {
    var command = new CommandLine(new Driverfs(session));
    Class<? extends Verb> asked = arguments.isEmpty() ? null : VERBS.get(arguments.getFirst());
    if (asked == null) {
      VERBS.forEach(command::addSubcommand);
    } else {
      command.addSubcommand(arguments.getFirst(), asked);
    }
    CommandLine set = command.getSubcommands().get("set");
    if (set != null) {
      set.setUnmatchedOptionsArePositionalParams(true); // a value may be -1
    }
    return command
        .setExpandAtFiles(false) // a value may begin with @
        .setOut(writer(session.out()))
        .setErr(writer(session.err()))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, UTF_8);
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
