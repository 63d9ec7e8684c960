package org.driverfs.app;

import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes a device from its driver.
@Command(name = "unbind", description = "Takes a device from its driver.")
final class UnbindVerb extends Verb {
  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for those inside the driver (${DEFAULT-VALUE}).")
  private int seconds = 10;

  @Parameters(paramLabel = "DEVICE", description = "The path of a device.")
  private String path = "";

  @Override
  public Integer call() throws InterruptedException {
    World world = daemon().world();
    world.model().unbind(world.requireDevice(path), Duration.ofSeconds(seconds));
    return DONE;
  }
}
