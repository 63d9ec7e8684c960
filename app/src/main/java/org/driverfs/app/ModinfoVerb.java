package org.driverfs.app;

import java.io.PrintStream;
import java.util.List;
import org.driverfs.loader.ModuleInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says what a module says of itself.
@Command(name = "modinfo", description = "Says what a driver module says of itself.")
final class ModinfoVerb extends ModuleVerb {
  private static final List<String> TEXT = List.of("description", "author", "licence");

  @Parameters(paramLabel = "NAME|FILE", description = "A module, or a jar.")
  private String what = "";

  @Override
  public Integer call() {
    String asked = what.endsWith(".jar") ? session().file(what).toString() : what;
    ModuleInfo info = modules().look(asked);
    PrintStream out = session().out();
    out.println("name: " + info.label());
    out.println("version: " + info.version());
    out.println("state: " + info.state());
    if (info.file() != null) {
      out.println("file: " + info.file());
    }
    for (int i = 0; i < TEXT.size(); i++) {
      if (!info.text().get(i).isEmpty()) {
        out.println(TEXT.get(i) + ": " + info.text().get(i));
      }
    }
    info.depends().forEach(it -> out.println("depends: " + it));
    info.aliases().forEach(it -> out.println("alias: " + it));
    info.parameters().forEach((name, it) -> out.println("parameter: " + name + ", " + it));
    return DONE;
  }
}
