package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Loaded.Origin;
import org.driverfs.loader.Loading.Request;
import org.driverfs.model.Model;

/// Loads one version of a module in place of another. It goes on in a thread of its own, since
/// there is no way back from the middle of a device's way: who has asked for it waits for each step
/// no longer than a deadline, and hears who prevents the next one.
///
/// The name that the old version gets is reserved before anything changes. Until the names are
/// exchanged, which happens for all or for none, everything can go back.
final class Upgrades {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  private static final int MOST_NAMED = 3;

  private final Model model;
  private final Table table;
  private final Loading loading;
  private final Unloading unloading;
  private final Duration init;

  /// @param init how long to wait for an init
  Upgrades(Model model, Table table, Loading loading, Unloading unloading, Duration init) {
    this.model = model;
    this.table = table;
    this.loading = loading;
    this.unloading = unloading;
    this.init = init;
  }

  /// @throws DriverfsException see [Modules#upgrade]
  Receipt run(ModuleJar jar, Duration deadline) throws InterruptedException {
    Loaded old = table.require(jar.manifest().name());
    requireNothingOfItsOwn(old);
    if (!table.claim(old, "is being upgraded", deadline)) {
      throw new DriverfsException(Errno.EBUSY, old.module().toString(), "is going already");
    }
    boolean isStarted = false;
    try {
      Started<Receipt> end = begin(jar, old, deadline);
      isStarted = true;
      return end.awaitSteps(() -> late(old, end));
    } finally {
      if (!isStarted) {
        table.unclaim(old);
      }
    }
  }

  private static DriverfsException late(Loaded old, Started<Receipt> end) {
    return new DriverfsException(
        Errno.ETIMEDOUT,
        old.module().toString(),
        "is being replaced, and that goes on; " + end.obstacles());
  }

  private Started<Receipt> begin(ModuleJar jar, Loaded old, Duration deadline)
      throws InterruptedException {
    String aside = old.manifest().name() + "@" + old.module().version();
    table.reserveFree(aside);
    boolean isLoaded = false;
    try {
      Loaded next = load(jar, old);
      var upgrade = new Upgrade(model, old, next, aside, deadline);
      var end = new Started<Receipt>("upgrading " + old.label(), upgrade.patience());
      isLoaded = true;
      return end.start(
          work -> model.host().execute(work),
          self -> takePlace(upgrade, self),
          () -> table.unreserve(aside));
    } finally {
      if (!isLoaded) {
        table.unreserve(aside);
      }
    }
  }

  /// The next version would register the same once more.
  private static void requireNothingOfItsOwn(Loaded old) {
    HostContext context = old.context();
    List<String> own = context == null ? List.of() : context.registered();
    if (!own.isEmpty()) {
      throw new DriverfsException(
          Errno.EOPNOTSUPP,
          old.module().toString(),
          "has registered %s, which cannot be handed over; `upgrade --revoke` unloads it first"
              .formatted(named(own)));
    }
  }

  private static String named(List<String> own) {
    String first = own.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    return own.size() <= MOST_NAMED ? first : first + " and " + (own.size() - MOST_NAMED) + " more";
  }

  private Loaded load(ModuleJar jar, Loaded old) throws InterruptedException {
    Manifest manifest = jar.manifest();
    HostContext context = old.context();
    Map<String, String> kept =
        context == null ? Map.of() : context.parameters().valuesFor(manifest);
    var origin = new Origin(jar.file(), false);
    var request = new Request(manifest, manifest.identity(), kept, origin, false);
    return loading.load(jar, request, init);
  }

  private Receipt takePlace(Upgrade upgrade, Started<Receipt> progress)
      throws InterruptedException {
    Loaded old = upgrade.old();
    Loaded next = upgrade.next();
    boolean isDone = false;
    try {
      upgrade.run(progress);
      isDone = true;
    } finally {
      if (!isDone) {
        table.unclaim(old);
        progress.step(upgrade.patience(), () -> unloading.obstacles(next));
        unload(next, upgrade.deadline());
      }
    }
    table.exchange(next, next.manifest().identity(), old, old.manifest().name());
    progress.step(upgrade.patience(), () -> unloading.obstacles(old));
    return unloading.replace(old, upgrade.deadline());
  }

  /// What keeps it from going is in the log: who has asked hears what has gone wrong before.
  private void unload(Loaded next, Duration deadline) {
    try {
      unloading.unload(next, new Way.Revoke(deadline));
    } catch (DriverfsException e) {
      LOG.log(Level.INFO, "the version that was to be loaded stays for now: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
