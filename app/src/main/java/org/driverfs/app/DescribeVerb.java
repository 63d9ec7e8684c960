package org.driverfs.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Tells what a directory has, for programs.
@Command(name = "describe", description = "Prints the attributes of a directory as JSON: a schema.")
final class DescribeVerb extends Verb {
  @Parameters(paramLabel = "PATH", arity = "0..1", description = "A directory, or the tree's top.")
  private String path = "";

  @Override
  public Integer call() {
    session().out().println(Description.of(daemon().world().requireDirectory(path)));
    return DONE;
  }
}
