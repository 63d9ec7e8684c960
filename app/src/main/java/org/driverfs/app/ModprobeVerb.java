package org.driverfs.app;

import java.util.List;
import org.driverfs.loader.Way;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Loads a module by its name, with what it needs.
@Command(
    name = "modprobe",
    description = "Loads a driver module by its name, with those that it needs.")
final class ModprobeVerb extends ModuleVerb {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = {"-r", "--remove"},
      description = "Unloads it, and those it has needed that nobody else needs.")
  private boolean remove;

  @Parameters(index = "0", paramLabel = "NAME", description = "A module.")
  private String name = "";

  @Parameters(index = "1..*", paramLabel = "NAME=VALUE", description = "Parameters of the module.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws InterruptedException {
    if (remove && !words.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "-r takes no parameters");
    }
    if (remove) {
      modules().rmmodWithNeeds(name, new Way.Try());
    } else {
      modules().modprobe(name, parameters(words));
    }
    return DONE;
  }
}
