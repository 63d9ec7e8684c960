package org.driverfs.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Loads a module.
@Command(name = "insmod", description = "Loads the driver module of a jar.")
final class InsmodVerb extends ModuleVerb {
  @Option(
      names = "--beside",
      description = "Beside another version of it; it is called NAME@VERSION then.")
  private boolean beside;

  @Parameters(index = "0", paramLabel = "FILE", description = "A jar.")
  private String file = "";

  @Parameters(index = "1..*", paramLabel = "NAME=VALUE", description = "Parameters of the module.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws InterruptedException {
    Path jar = session().file(file);
    Map<String, String> given = parameters(words);
    if (beside) {
      modules().insmodBeside(jar, given);
    } else {
      modules().insmod(jar, given);
    }
    return DONE;
  }
}
