package org.driverfs.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stores a value in a file, in one write.
@Command(name = "set", description = "Writes a value to a file.")
final class SetVerb extends Verb {
  @Option(names = "-n", description = "Without a newline at its end.")
  private boolean bare;

  @Parameters(index = "0", paramLabel = "PATH", description = "A file of the tree.")
  private String path = "";

  @Parameters(index = "1", paramLabel = "VALUE", description = "What is written.")
  private String value = "";

  @Override
  public Integer call() {
    daemon().world().write(path, bare ? value : value + "\n");
    return DONE;
  }
}
