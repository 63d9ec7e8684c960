package org.driverfs.app;

import java.util.List;
import org.driverfs.loader.ModuleInfo;
import picocli.CommandLine.Command;

/// Lists modules.
@Command(
    name = "lsmod",
    description = "Lists the driver modules: name, version, state, uses, those that need it.")
final class LsmodVerb extends ModuleVerb {
  @Override
  public Integer call() {
    List<List<String>> rows = modules().list().stream().map(LsmodVerb::row).toList();
    Table.print(session(), List.of("MODULE", "VERSION", "STATE", "USES", "NEEDED BY"), rows);
    return DONE;
  }

  private static List<String> row(ModuleInfo info) {
    return List.of(
        info.label(),
        info.version(),
        info.state(),
        Long.toString(info.users()),
        info.holders().isEmpty() ? "-" : String.join(",", info.holders()));
  }
}
