package org.driverfs.app;

import picocli.CommandLine.Command;

/// Wakes all devices.
@Command(name = "resume", description = "Wakes all devices, parents first.")
final class ResumeVerb extends Verb {
  @Override
  public Integer call() {
    daemon().world().model().power().resume();
    return DONE;
  }
}
