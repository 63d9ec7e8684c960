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
    String label = old.label();
    var end = new Started<Receipt>("replacing " + label, deadline.plus(Started.MOMENT));
    var change = new Change(old, before, next, parameters, had);
    table.reserve(label);
    model.forgetSaved(old.module());
    var _ =
        end.start(
            work -> model.host().execute(work),
            self -> run(change, deadline, self),
            () -> table.unreserve(label));
    return end.awaitSteps(() ->
        new DriverfsException(
            Errno.ETIMEDOUT,
            old.module().toString(),
            "is being replaced, and that goes on; " + end.obstacles()));
  }

  /// What comes in the place of what.
  ///
  /// @param before the old version, as it was read
  /// @param had the devices of the old version
  private record Change(
      Loaded old, ModuleJar before, ModuleJar next, Parameters parameters, List<Had> had) {}

  /// Once the old version has begun to go, one of the two is loaded, whether or not anybody waits.
  private Receipt run(Change change, Duration deadline, Started<Receipt> progress)
      throws InterruptedException {
    Loaded old = change.old();
    Receipt receipt = unload(old, deadline, progress);
    try {
      progress.step(
          init.multipliedBy(2).plus(Started.MOMENT), () -> "its next version is being loaded");
      load(change.next(), change.parameters(), change.had());
      requireAll(change.next(), change.had());
    } catch (Throwable t) { // whatever it is, one of the two must come
      DriverfsException reason = failure(change.next(), t);
      comeBack(change, reason, progress);
      throw reason;
    }
    return receipt;
  }

  private static DriverfsException failure(ModuleJar next, Throwable thrown) {
    return thrown instanceof DriverfsException known
        ? known
        : new DriverfsException(
            Errno.EIO, next.manifest().identity(), "cannot be loaded: " + thrown, thrown);
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

  /// Whoever has asked hears at the deadline who prevents it; this goes on when they leave.
  private Receipt unload(Loaded loaded, Duration deadline, Started<Receipt> progress)
      throws InterruptedException {
    loaded.isReplaced(true);
    boolean isGoing = false;
    try {
      progress.step(deadline.plus(Started.MOMENT), () -> unloading.obstacles(loaded));
      Receipt receipt = unloading.unload(loaded, new Way.Revoke(deadline));
      isGoing = true;
      return receipt;
    } catch (DriverfsException e) {
      isGoing = loaded.departure() != null;
      if (e.errno() != Errno.ETIMEDOUT || !isGoing) {
        throw e;
      }
      return unloading.awaitGone(loaded);
    } finally {
      loaded.isReplaced(isGoing);
    }
  }

  private void load(ModuleJar jar, Parameters parameters, List<Had> had)
      throws InterruptedException {
    Manifest manifest = jar.manifest();
    Map<String, String> kept = parameters.valuesFor(manifest);
    var origin = new Origin(jar.file(), false);
    var request = new Request(manifest, manifest.name(), kept, origin, true);
    loading.load(jar, request, init);
    boolean _ = model.matching().awaitLooks(there(had), init);
  }

  private List<Device> there(List<Had> had) {
    return had.stream().flatMap(it -> find(it).stream()).toList();
  }

  /// A device that is not there may come later, when the module finds it.
  private void requireAll(ModuleJar next, List<Had> had) {
    List<Device> lost = there(had).stream().filter(it -> it.driver().isEmpty()).toList();
    if (!lost.isEmpty()) {
      throw new DriverfsException(
          Errno.ENXIO,
          next.manifest().identity(),
          "does not take %s: %s"
              .formatted(
                  lost.stream().map(Device::toString).collect(Collectors.joining(", ")),
                  String.join("; ", model.matching().refusals(lost.getFirst()))));
    }
  }

  private Optional<Device> find(Had had) {
    return model.findBus(had.bus()).flatMap(bus -> bus.findDevice(had.device()));
  }

  private void comeBack(Change change, DriverfsException reason, Started<Receipt> progress)
      throws InterruptedException {
    try {
      Optional<Loaded> refused = table.find(change.before().manifest().name());
      if (refused.isPresent()) {
        unload(refused.get(), init, progress);
      }
      progress.step(
          init.multipliedBy(2).plus(Started.MOMENT), () -> "the version before comes back");
      load(change.before(), change.parameters(), change.had());
    } catch (DriverfsException e) {
      throw new DriverfsException(
          reason.errno(),
          change.before().manifest().identity(),
          "has not come back (%s) after its next version failed: %s"
              .formatted(e.getMessage(), reason.getMessage()),
          reason);
    }
  }
}
