package org.driverfs.app;

import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Lets all devices sleep.
@Command(
    name = "suspend",
    description = "Lets all devices sleep, children first; if one refuses, all stay awake.")
final class SuspendVerb extends Verb {
  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for devices that are being probed (${DEFAULT-VALUE}).")
  private int seconds = 10;

  @Override
  public Integer call() throws InterruptedException {
    daemon().world().model().power().suspend(Duration.ofSeconds(seconds));
    return DONE;
  }
}
