package org.driverfs.app;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says what keeps the classes of a module that was unloaded.
@Command(
    name = "leak",
    description = "Says what keeps the classes of a module in memory that was unloaded.")
final class LeakVerb extends ModuleVerb {
  @Parameters(paramLabel = "NAME", description = "A module that was unloaded.")
  private String name = "";

  @Override
  public Integer call() {
    List<String> ways = modules().leaks(name);
    if (ways.isEmpty()) {
      session()
          .out()
          .println("nothing holds it: its classes have gone, or go with the next collection");
    }
    ways.forEach(way -> session().out().println(way + "\n"));
    return DONE;
  }
}
