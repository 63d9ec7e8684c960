package org.driverfs.app;

import picocli.CommandLine.Command;

/// Waits until all that happened so far can be seen.
@Command(
    name = "settle",
    description =
        "Waits until all events so far are handled, by probes and rules too, and clients see it.")
final class SettleVerb extends Verb {
  @Override
  public Integer call() throws InterruptedException {
    daemon().settle();
    return DONE;
  }
}
