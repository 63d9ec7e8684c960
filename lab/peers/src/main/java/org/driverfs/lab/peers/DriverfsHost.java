package org.driverfs.lab.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Signers;
import org.driverfs.loader.Way;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Model;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;

/// driverfs: the plug-in is a driver module, a call is a read of an attribute of a device, and
/// unloading is `rmmod --revoke`. What stays is asked for with `leak`.
final class DriverfsHost implements Host {
  private static final String NAME = "worker";
  private static final PluginJar JAR =
      new PluginJar(
          List.of("DriverfsEntry"),
          Map.of(),
          Map.of(
              "META-INF/driverfs/module.toml",
              "name = \"worker\"\nversion = \"1.0\"\n",
              "META-INF/services/org.driverfs.model.spi.DriverModule",
              "plugin.DriverfsEntry"),
          List.of("-proc:none"));
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Path jar;
  private final Model model = new Model();
  private final Tree tree = new Tree();
  private final Modules modules;

  /// @param callers how many there are: each has a device
  /// @param collection how long driverfs looks whether classes have gone
  DriverfsHost(Path directory, int callers, Duration collection) throws IOException {
    this.jar = JAR.make(directory);
    this.modules =
        new Modules(
            model, new Modules.Options(List.of(), Signers.ANYBODY, LONG, collection, false, null));
    Export.of(model, tree);
    var bus = new Bus("peers");
    model.register(bus);
    var type = new DeviceType("peers", List.of("peers"), AttributeSet.none(), _ -> {});
    for (int i = 0; i < callers; i++) {
      model.register(Device.builder("peer" + i).bus(bus).type(type).build());
    }
  }

  @Override
  public void load() throws InterruptedException {
    modules.insmod(jar, Map.of());
    model.settle(LONG);
  }

  @Override
  public Optional<String> call(int caller) {
    try {
      var path = (File<?>) tree.resolve("root/peer" + caller + "/work");
      OpenFile file = tree.openFiles().open(path, OpenMode.READ, Caller.SELF, this);
      try {
        return Optional.of(new String(file.readAll(), UTF_8));
      } finally {
        tree.openFiles().close(file);
      }
    } catch (DriverfsException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public Outcome unload(Duration deadline) throws InterruptedException {
    try {
      return new Outcome(true, findings(modules.rmmod(NAME, new Way.Revoke(deadline))));
    } catch (DriverfsException e) {
      if (e.errno() == Errno.ENOENT) { // it has gone since it was asked before
        return new Outcome(true, List.of());
      }
      if (e.errno() == Errno.ETIMEDOUT) {
        return new Outcome(false, List.of(e.getMessage()));
      }
      throw e;
    }
  }

  private static List<String> findings(Receipt receipt) {
    List<String> words = new ArrayList<>(receipt.findings().forced());
    words.addAll(receipt.findings().left());
    return words;
  }

  @Override
  public List<String> held() throws InterruptedException {
    modules.receipts().awaitCollected(modules.receipts().all().getLast(), LONG);
    return modules.leaks(NAME);
  }

  @Override
  public void end() {
    modules.close();
  }
}
