package org.driverfs.app;

import picocli.CommandLine.Command;

/// Ends the daemon; when this returns nothing is left of it.
@Command(name = "down", description = "Unmounts and ends the daemon.")
final class DownVerb extends Verb {
  @Override
  public Integer call() {
    daemon().stop();
    return DONE;
  }
}
