package org.driverfs.app;

import java.util.List;
import org.driverfs.tree.Access;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Node;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Lists a directory, or shows one entry.
@Command(name = "ls", description = "Lists a directory.")
final class LsVerb extends Verb {
  private static final String BITS = "rwxrwxrwx";

  @Option(names = "-l", description = "With mode, owner and group, and where links lead to.")
  private boolean longFormat;

  @Parameters(paramLabel = "PATH", arity = "0..1", description = "A place in the tree, or its top.")
  private String path = "";

  @Override
  public Integer call() {
    Node node = daemon().world().require(path);
    List<Node> shown =
        node instanceof Directory<?> directory ? World.sorted(directory) : List.of(node);
    for (Node each : shown) {
      session().out().println(longFormat ? describe(each) : each.name());
    }
    return DONE;
  }

  private static String describe(Node node) {
    Access access = node.access();
    var mode = new StringBuilder();
    for (int i = 0; i < BITS.length(); i++) {
      boolean set = (access.mode() & (0400 >> i)) != 0;
      mode.append(set ? BITS.charAt(i) : '-');
    }
    return "%c%s %5d %5d %s%s"
        .formatted(
            World.letter(node), mode, access.uid(), access.gid(), node.name(), World.arrow(node));
  }
}
