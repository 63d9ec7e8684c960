package {{package}};

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Way;
import org.driverfs.model.Model;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Loads the module as the daemon does, uses it through files, and unloads it.
class {{class}}Test {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Model model = new Model();
  private final Tree tree = new Tree();

  {{class}}Test() {
    Export.of(model, tree);
  }

  @Test
  void value_writtenAndRead_isKeptUntilTheModuleGoes(@TempDir Path directory) throws Exception {
    try (var modules = new Modules(model, Modules.Options.DEFAULT)) {
      modules.insmod(jar(directory), Map.of());
      model.settle(LONG);
      assertEquals("42\n", read("root/{{name}}0/value"));
      write("root/{{name}}0/value", "7\n");
      assertEquals("7\n", read("root/{{name}}0/value"));

      Receipt receipt = modules.rmmod("{{name}}", new Way.Try());
      receipt = modules.receipts().awaitCollected(receipt, LONG);
      assertTrue(receipt.isClean(), receipt.text());
    }
  }

  /// What was built, packed.
  private static Path jar(Path directory) {
    String jar = directory.resolve("{{name}}.jar").toString();
    ToolProvider.findFirst("jar")
        .orElseThrow()
        .run(System.out, System.err, "-cf", jar, "-C", "target/classes", ".");
    return Path.of(jar);
  }

  private String read(String path) {
    OpenFile file = open(path, OpenMode.READ);
    try {
      return new String(file.readAll(), UTF_8);
    } finally {
      tree.openFiles().close(file);
    }
  }

  private void write(String path, String text) {
    OpenFile file = open(path, OpenMode.WRITE);
    try {
      file.write(text);
    } finally {
      tree.openFiles().close(file);
    }
  }

  private OpenFile open(String path, OpenMode mode) {
    return tree.openFiles().open((File<?>) tree.resolve(path), mode, Caller.SELF, this);
  }
}
