package org.driverfs.app;

import picocli.CommandLine.Command;

/// Shows how the daemon is.
@Command(name = "status", description = "Shows how the daemon is: one name and value a line.")
final class StatusVerb extends Verb {
  @Override
  public Integer call() {
    session().out().print(daemon().status().text());
    return DONE;
  }
}
