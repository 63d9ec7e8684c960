package org.driverfs.app;

import java.time.Duration;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Way;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Unloads a module, and prints the receipt.
@Command(
    name = "rmmod",
    description = {
      "Unloads a driver module and prints the receipt.",
      "Without an option it stays if somebody uses it, who is named then."
    })
final class RmmodVerb extends ModuleVerb {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      arity = "0..1",
      preprocessor = AttachedTime.class,
      description = "Refuses new users and waits for the last; after TIME (10s) it is as before.")
  private @Nullable Duration wait;

  @Option(
      names = "--revoke",
      paramLabel = "TIME",
      arity = "0..1",
      preprocessor = AttachedTime.class,
      description = "Open files answer ENODEV; waits for those inside, at most TIME (10s).")
  private @Nullable Duration revoke;

  @Option(names = "--json", description = "The receipt as JSON.")
  private boolean json;

  @Parameters(paramLabel = "NAME", description = "A module, or NAME@VERSION.")
  private String name = "";

  @Override
  public Integer call() throws InterruptedException {
    Receipt receipt = modules().rmmod(name, way());
    Duration patience = daemon().settings().modules().collection().plusSeconds(1);
    print(modules().receipts().awaitCollected(receipt, patience), json);
    return DONE;
  }

  private Way way() {
    if (wait != null && revoke != null) {
      throw new ParameterException(
          spec.commandLine(), "--wait and --revoke are two ways; give one");
    }
    if (wait != null) {
      return new Way.Wait(wait);
    }
    return revoke != null ? new Way.Revoke(revoke) : new Way.Try();
  }
}
