package org.driverfs.app;

import java.util.List;
import org.driverfs.export.Transaction;
import org.driverfs.tree.File;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Stores a value in a file, in one write; several in several files, all or none; or one if the old
/// one is the one that is expected.
@Command(
    name = "set",
    description =
        "Writes a value to a file; with several pairs, to files of one device, all or none.")
final class SetVerb extends Verb {
  @Option(names = "-n", description = "Without a newline at its end.")
  private boolean bare;

  @Option(names = "--if", paramLabel = "OLD", description = "Only if the value is OLD now.")
  private @Nullable String expected;

  @Parameters(
      paramLabel = "PATH VALUE",
      arity = "2..*",
      description = "Files, and what is written.")
  private List<String> pairs = List.of();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (pairs.size() % 2 != 0) {
      throw misuse("there is no VALUE for " + pairs.getLast());
    }
    if (expected != null && pairs.size() > 2) {
      throw misuse("--if takes one PATH and VALUE");
    }
    if (expected == null && pairs.size() == 2) {
      daemon().world().write(pairs.getFirst(), text(1));
    } else {
      commit();
    }
    return DONE;
  }

  private void commit() throws InterruptedException {
    World world = daemon().world();
    Transaction transaction = world.export().transaction(world.caller());
    for (int i = 0; i < pairs.size(); i += 2) {
      File<?> file = world.requireFile(pairs.get(i));
      if (expected == null) {
        transaction.store(file, text(i + 1));
      } else {
        transaction.storeIf(file, expected, text(i + 1));
      }
    }
    transaction.commit();
  }

  private String text(int index) {
    return bare ? pairs.get(index) : pairs.get(index) + "\n";
  }

  private ParameterException misuse(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
