package org.driverfs.app;

import org.driverfs.tree.Directory;
import org.driverfs.tree.Node;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Tells the shell how a path may go on.
@Command(name = "complete", hidden = true, description = "Lists the paths that begin like this.")
final class CompleteVerb extends Verb {
  @Parameters(paramLabel = "PREFIX", arity = "0..1", description = "The beginning of a path.")
  private String prefix = "";

  @Override
  public Integer call() {
    int end = prefix.lastIndexOf('/') + 1;
    String above = prefix.substring(0, end);
    if (daemon().world().require(above) instanceof Directory<?> directory) {
      for (Node node : World.sorted(directory)) {
        if (node.name().startsWith(prefix.substring(end))) {
          session().out().println(above + node.name() + (World.letter(node) == '-' ? "" : "/"));
        }
      }
    }
    return DONE;
  }
}
