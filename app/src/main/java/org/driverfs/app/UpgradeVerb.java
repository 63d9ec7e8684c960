package org.driverfs.app;

import java.nio.file.Path;
import java.time.Duration;
import org.driverfs.loader.Receipt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Loads another version of a module in place of the one that is loaded.
@Command(
    name = "upgrade",
    description = {
      "Loads a jar in place of another version of the same module, and prints the receipt of that.",
      "Files stay open, and who reads waits. If a device refuses the new version, all stays as it is.",
      "A module with buses, classes or devices of its own needs --revoke."
    })
final class UpgradeVerb extends ModuleVerb {
  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long to wait for those inside, for each device (${DEFAULT-VALUE}).")
  private Duration wait = Duration.ofSeconds(10);

  @Option(
      names = "--revoke",
      description =
          "Unload first: what is open answers ENODEV. If that fails, load the old one again.")
  private boolean revoke;

  @Option(names = "--json", description = "The receipt as JSON.")
  private boolean json;

  @Parameters(paramLabel = "FILE", description = "A jar.")
  private String file = "";

  @Override
  public Integer call() throws InterruptedException {
    Path jar = session().file(file);
    Receipt receipt = revoke ? modules().replace(jar, wait) : modules().upgrade(jar, wait);
    Duration patience = daemon().settings().modules().collection().plusSeconds(1);
    print(modules().receipts().awaitCollected(receipt, patience), json);
    return DONE;
  }
}
