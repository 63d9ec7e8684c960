package org.driverfs.drivers.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Way;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Listing;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A model with a tree and a loader for one test, in which driver modules are used as the daemon
/// does, through files. After the test no module is left, nobody is inside anything, and no file is
/// open.
public final class DriverHost implements AfterEachCallback {
  /// More than anything takes that ends at all.
  public static final Duration LONG = Duration.ofSeconds(30);

  private final Model model = new Model();
  private final Tree tree = new Tree();
  private final Modules modules;

  /// An empty model.
  public DriverHost() {
    Export.of(model, tree);
    modules = new Modules(model, Modules.Options.DEFAULT);
  }

  /// What the module is loaded for.
  public Model model() {
    return model;
  }

  /// The modules that are loaded.
  public Modules modules() {
    return modules;
  }

  /// Loads the jar that this build has made, which the system property `driver.jar` names, and
  /// waits until its devices are bound.
  public void insmod(Map<String, String> parameters) throws InterruptedException {
    String jar = Objects.requireNonNull(System.getProperty("driver.jar"), "driver.jar is not set");
    modules.insmod(Path.of(jar), parameters);
    model.settle(LONG);
  }

  /// Unloads a module that nobody uses.
  ///
  /// @return the receipt, when the garbage collector has said what it has to say
  public Receipt rmmod(String name) throws InterruptedException {
    return modules.receipts().awaitCollected(modules.rmmod(name, new Way.Try()), LONG);
  }

  /// Unloads a module, and expects that nothing is left of it and nothing had to be taken from it.
  public void rmmodCleanly(String name) throws InterruptedException {
    Receipt receipt = rmmod(name);
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(receipt.findings().forced()).as(receipt.text()).isEmpty();
  }

  /// Opens a file for reading; whoever does so closes it.
  public OpenFile open(String path) {
    return open(path, OpenMode.READ);
  }

  private OpenFile open(String path, OpenMode mode) {
    return tree.openFiles().open((File<?>) tree.resolve(path), mode, Caller.SELF, this);
  }

  /// Closes what was opened.
  public void close(OpenFile file) {
    tree.openFiles().close(file);
  }

  /// What a file says, without the newline at its end.
  public String read(String path) {
    OpenFile file = open(path);
    try {
      return new String(file.readAll(), UTF_8).stripTrailing();
    } finally {
      close(file);
    }
  }

  /// Writes to a file, as `echo` does.
  public void write(String path, String value) {
    OpenFile file = open(path, OpenMode.WRITE);
    try {
      file.write(value + "\n");
    } finally {
      close(file);
    }
  }

  /// The names in a directory.
  public List<String> list(String path) {
    List<String> names = new ArrayList<>();
    new Listing<>((Directory<?>) tree.resolve(path)).list(0, (node, _) -> names.add(node.name()));
    return names;
  }

  /// Expects that something fails.
  ///
  /// @return what it says
  public static String refusal(Errno errno, ThrowingCallable call) {
    DriverfsException thrown = catchThrowableOfType(DriverfsException.class, call);
    assertThat(thrown).as("a DriverfsException").isNotNull();
    assertThat(thrown.errno()).as(thrown.toString()).isEqualTo(errno);
    return Objects.requireNonNull(thrown.getMessage());
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    modules.close();
    assertThat(modules.list()).as("modules").isEmpty();
    assertThat(model.gate().inside()).as("inside the gate").isEmpty();
    assertThat(tree.openFiles().size()).as("open files").isZero();
    assertThat(model.moduleRecords()).allMatch(it -> it.state() == Module.State.UNLOADED);
  }
}
