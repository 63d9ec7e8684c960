package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Loaded.Origin;
import org.driverfs.loader.Loading.Request;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// Loads one version of a module in place of another. It goes on in a thread of its own, since
/// there is no way back from the middle of a device's way: who has asked for it waits for each step
/// no longer than a deadline, and hears who prevents the next one.
final class Upgrades {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");

  private static final int MOST_NAMED = 3;

  /// How long a step may take however short the deadline is.
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);

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
    if (!table.claim(old, deadline)) {
      throw new DriverfsException(Errno.EBUSY, old.module().toString(), "is going already");
    }
    boolean isLoaded = false;
    Upgrade upgrade;
    try {
      upgrade = new Upgrade(model, old, load(jar, old), deadline);
      isLoaded = true;
    } finally {
      if (!isLoaded) {
        table.unclaim(old);
      }
    }
    return await(upgrade, start(upgrade), deadline);
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
    var request = new Request(manifest, manifest.identity(), kept, new Origin(jar.file(), false));
    return loading.load(jar, request, init);
  }

  private CompletableFuture<Receipt> start(Upgrade upgrade) {
    var end = new CompletableFuture<Receipt>();
    Thread.ofVirtual()
        .name("driverfs-upgrade-" + upgrade.old().label())
        .start(() -> {
          try {
            end.complete(takePlace(upgrade));
          } catch (Throwable t) {
            end.completeExceptionally(t);
          }
        });
    return end;
  }

  private Receipt takePlace(Upgrade upgrade) throws InterruptedException {
    Loaded old = upgrade.old();
    Loaded next = upgrade.next();
    boolean isDone = false;
    try {
      upgrade.run();
      isDone = true;
    } finally {
      if (!isDone) {
        unload(next);
        table.unclaim(old);
      }
    }
    String name = old.manifest().name();
    model.takePlace(next.module(), old.module(), name + "@" + old.module().version());
    table.exchange(next, next.manifest().identity(), old, name);
    return unloading.replace(old, upgrade.deadline());
  }

  /// What keeps it from going is in the log: who has asked hears what has gone wrong before.
  private void unload(Loaded next) throws InterruptedException {
    try {
      unloading.unload(next, new Way.Revoke(init));
    } catch (DriverfsException e) {
      LOG.log(Level.WARNING, "the version that was to be loaded stays for now: " + e.getMessage());
    }
  }

  /// Waits as long as it goes on: for each step as long as those inside may take to leave, and as
  /// long again for the callbacks.
  private Receipt await(Upgrade upgrade, CompletableFuture<Receipt> end, Duration deadline)
      throws InterruptedException {
    long patience = Math.max(2 * deadline.toNanos(), LEAST_PATIENCE.toNanos());
    boolean isAwaited = false;
    try {
      while (true) {
        long left = patience - upgrade.sinceLastStep();
        if (left <= 0 && !end.isDone()) {
          throw new DriverfsException(
              Errno.ETIMEDOUT,
              upgrade.old().module().toString(),
              "is being replaced, and that goes on; " + upgrade.obstacles());
        }
        try {
          Receipt receipt = end.get(Math.max(left, 0), TimeUnit.NANOSECONDS);
          isAwaited = true;
          return receipt;
        } catch (TimeoutException _) {
          // a step may have ended meanwhile
        }
      }
    } catch (ExecutionException e) {
      isAwaited = true;
      if (e.getCause() instanceof DriverfsException failure) {
        throw failure;
      }
      throw new IllegalStateException(
          "upgrading " + upgrade.old().label() + " failed", e.getCause());
    } finally {
      if (!isAwaited) {
        var _ = end.whenComplete((receipt, failure) -> tell(upgrade, failure));
      }
    }
  }

  private static void tell(Upgrade upgrade, @Nullable Throwable failure) {
    LOG.log(
        failure == null ? Level.INFO : Level.WARNING,
        "the upgrade of %s, which was waited for no longer, %s"
            .formatted(
                upgrade.old().manifest().identity(),
                failure == null ? "has come to its end" : "has failed: " + failure.getMessage()));
  }
}
