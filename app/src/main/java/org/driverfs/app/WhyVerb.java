package org.driverfs.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says why a device has the driver that it has, or none.
@Command(
    name = "why",
    description = "Says for each driver of its bus why a device has it, or has it not.")
final class WhyVerb extends Verb {
  @Parameters(paramLabel = "DEVICE", description = "The path of a device.")
  private String path = "";

  @Override
  public Integer call() {
    World world = daemon().world();
    world.model().matching().why(world.requireDevice(path)).forEach(session().out()::println);
    return DONE;
  }
}
