package org.driverfs.app;

import java.io.PrintStream;
import java.util.List;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Node;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Draws a part of the tree.
@Command(name = "tree", description = "Draws the tree, or the part of it below a path.")
final class TreeVerb extends Verb {
  @Option(names = "-L", paramLabel = "LEVELS", description = "How many levels deep.")
  private int levels = Integer.MAX_VALUE;

  @Option(names = "-d", description = "Only directories and links.")
  private boolean withoutFiles;

  @Parameters(paramLabel = "PATH", arity = "0..1", description = "A place in the tree, or its top.")
  private String path = "";

  @Override
  public Integer call() {
    Node node = daemon().world().require(path);
    session().out().println(node);
    draw(node, "", levels);
    return DONE;
  }

  private void draw(Node node, String indent, int left) {
    PrintStream out = session().out();
    if (left <= 0 || out.checkError() || !(node instanceof Directory<?> directory)) {
      return;
    }
    List<Node> nodes = World.sorted(directory);
    if (withoutFiles) {
      nodes.removeIf(each -> World.letter(each) == '-');
    }
    for (Node each : nodes) {
      boolean last = each == nodes.getLast();
      out.println(indent + (last ? "└── " : "├── ") + each.name() + World.arrow(each));
      draw(each, indent + (last ? "    " : "│   "), left - 1);
    }
  }
}
