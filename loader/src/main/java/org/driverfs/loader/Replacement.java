package org.driverfs.loader;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Loaded.Origin;
import org.driverfs.loader.Loading.Request;
import org.driverfs.model.Device;
import org.driverfs.model.Model;

/// Loads a version of a module after another has gone: for those whose buses, classes and devices
/// can be there only once. What is open answers ENODEV; parameters, and what drivers have saved of
/// their devices, go along. If the next version cannot be loaded, or refuses a device that the one
/// before had, that one comes back, from what was read of its jar then.
final class Replacement {
  private final Model model;
  private final Table table;
  private final Loading loading;
  private final Unloading unloading;
  private final Duration init;

  /// A device that had a driver of the module.
  private record Had(String bus, String device) {
    static Had of(Device device) {
      return new Had(device.bus().orElseThrow().name(), device.name());
    }
  }

  /// @param init how long to wait for an init, and for the probes after it
  Replacement(Model model, Table table, Loading loading, Unloading unloading, Duration init) {
    this.model = model;
    this.table = table;
    this.loading = loading;
    this.unloading = unloading;
    this.init = init;
  }

  /// @throws DriverfsException see [Modules#replace]
  Receipt run(ModuleJar next, Duration deadline) throws InterruptedException {
    Loaded old = table.require(next.manifest().name());
    ModuleJar before = jar(old);
    Parameters parameters = parameters(old);
    List<Had> had =
        model.drivers(old.module()).stream()
            .flatMap(driver -> driver.devices().stream())
            .map(Had::of)
            .toList();
    Receipt receipt = unload(old, deadline);
    try {
      load(next, parameters);
      requireAll(next, had);
    } catch (DriverfsException e) {
      comeBack(before, parameters, e);
      throw e;
    }
    return receipt;
  }

  private static ModuleJar jar(Loaded loaded) {
    return loaded
        .jar()
        .orElseThrow(() ->
            new DriverfsException(
                Errno.EOPNOTSUPP, loaded.module().toString(), "was not loaded from a jar"));
  }

  private static Parameters parameters(Loaded loaded) {
    HostContext context = loaded.context();
    if (context == null) {
      throw new DriverfsException(
          Errno.EBUSY, loaded.module().toString(), "is being loaded; wait for that");
    }
    return context.parameters();
  }

  private Receipt unload(Loaded loaded, Duration deadline) throws InterruptedException {
    boolean isGoing = false;
    loaded.isReplaced(true);
    try {
      Receipt receipt = unloading.unload(loaded, new Way.Revoke(deadline));
      isGoing = true;
      return receipt;
    } finally {
      loaded.isReplaced(isGoing || loaded.departure() != null);
    }
  }

  private void load(ModuleJar jar, Parameters parameters) throws InterruptedException {
    Manifest manifest = jar.manifest();
    Map<String, String> kept = parameters.valuesFor(manifest);
    var request = new Request(manifest, manifest.name(), kept, new Origin(jar.file(), false));
    loading.load(jar, request, init);
    model.settle(init);
  }

  /// A device that is not there may come later, when the module finds it.
  private void requireAll(ModuleJar next, List<Had> had) {
    List<Device> lost =
        had.stream()
            .flatMap(it -> find(it).stream())
            .filter(device -> device.driver().isEmpty())
            .toList();
    if (!lost.isEmpty()) {
      throw new DriverfsException(
          Errno.ENXIO,
          next.manifest().identity(),
          "does not take %s: %s"
              .formatted(
                  lost.stream().map(Device::toString).collect(Collectors.joining(", ")),
                  String.join("; ", model.matching().why(lost.getFirst()))));
    }
  }

  private Optional<Device> find(Had had) {
    return model.findBus(had.bus()).flatMap(bus -> bus.findDevice(had.device()));
  }

  private void comeBack(ModuleJar before, Parameters parameters, DriverfsException reason)
      throws InterruptedException {
    try {
      Optional<Loaded> refused = table.find(before.manifest().name());
      if (refused.isPresent()) {
        unload(refused.get(), init);
      }
      load(before, parameters);
    } catch (DriverfsException e) {
      throw new DriverfsException(
          reason.errno(),
          before.manifest().identity(),
          "has not come back (%s) after its next version failed: %s"
              .formatted(e.getMessage(), reason.getMessage()),
          reason);
    }
  }
}
