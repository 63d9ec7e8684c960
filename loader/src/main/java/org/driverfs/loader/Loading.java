package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.Operation;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// Brings modules up. What fails leaves nothing behind.
final class Loading {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");
  private static final Operation INIT = new Operation(Operation.Kind.INIT);

  /// What is to be loaded, and how.
  ///
  /// @param label what it is called here
  /// @param given values of parameters
  record Request(
      Manifest manifest, String label, Map<String, String> given, Loaded.Origin origin) {}

  /// Makes the one object of a module.
  @FunctionalInterface
  interface Maker {
    /// Called in the module's own init, through the gate.
    DriverModule make(Loaded loaded) throws Exception;
  }

  private final Model model;
  private final Table table;
  private final Unloading unloading;

  Loading(Model model, Table table, Unloading unloading) {
    this.model = model;
    this.table = table;
    this.unloading = unloading;
  }

  /// Loads the module of a jar.
  ///
  /// @param deadline how long to wait for its init
  /// @throws DriverfsException see [Modules#insmod]
  Loaded load(ModuleJar jar, Request request, Duration deadline) throws InterruptedException {
    return load(
        request,
        loaded -> {
          List<ModuleClassLoader> providers =
              loaded.providers().stream().flatMap(it -> it.loader().stream()).toList();
          int generation = loaded.module().record().orElseThrow().generation();
          String name = request.manifest().identity() + "#" + generation;
          var loader = new ModuleClassLoader(name, jar, providers);
          loaded.loader(loader);
          Thread.currentThread().setContextClassLoader(loader);
          return ServiceLoader.load(DriverModule.class, loader)
              .findFirst()
              .orElseThrow(() ->
                  new DriverfsException(
                      Errno.ENOEXEC,
                      jar.file().toString(),
                      "has no service " + DriverModule.class.getName()));
        },
        deadline);
  }

  Loaded load(Request request, Maker maker, Duration deadline) throws InterruptedException {
    var parameters = new Parameters(request.manifest(), request.given());
    Loaded loaded =
        table.enter(
            request.label(),
            request.manifest().depends(),
            providers ->
                new Loaded(
                    request.manifest(),
                    Module.loading(
                        request.label(), request.manifest().version(), parameters.attributes()),
                    request.origin(),
                    providers));
    boolean isRegistered = false;
    try {
      model.register(loaded.module());
      isRegistered = true;
    } finally {
      if (!isRegistered) {
        table.leave(loaded);
      }
    }
    loaded.context(new HostContext(model, loaded.module(), parameters, loaded::released));
    await(loaded, start(loaded, maker), deadline);
    return loaded;
  }

  private CompletableFuture<Void> start(Loaded loaded, Maker maker) {
    var end = new CompletableFuture<Void>();
    Thread.ofPlatform()
        .daemon()
        .name("driverfs-load-" + loaded.label())
        .start(() -> {
          DriverfsException failure = init(loaded, maker);
          if (failure == null) {
            end.complete(null);
          } else {
            end.completeExceptionally(failure);
          }
        });
    return end;
  }

  /// @return why it failed, in words: nothing of the module is kept; null if it did not
  private @Nullable DriverfsException init(Loaded loaded, Maker maker) {
    Module module = loaded.module();
    loaded.initThread(Thread.currentThread());
    DriverfsException failure = null;
    try {
      model.gate().call(module, module, INIT, () -> bringUp(loaded, maker.make(loaded)));
    } catch (DriverfsException e) {
      failure = new DriverfsException(e.errno(), module.toString(), "init: " + e.sentence());
    } finally {
      loaded.initThread(null);
      Thread.currentThread().setContextClassLoader(ClassLoader.getSystemClassLoader());
    }
    if (failure == null && module.state() == Module.State.LOADING) {
      module.loaded();
      model.stateChanged(module);
      table.changed();
      return null;
    }
    abandon(loaded);
    return failure != null
        ? failure
        : new DriverfsException(
            Errno.ECANCELED, module.toString(), "was unloaded while its init ran");
  }

  private static boolean bringUp(Loaded loaded, DriverModule code) throws Exception {
    HostContext context = loaded.context();
    loaded.code(code);
    if (context != null) {
      code.init(context);
    }
    return true;
  }

  private void abandon(Loaded loaded) {
    boolean ignored = Thread.interrupted(); // that was meant for the init
    try {
      unloading.abandon(loaded);
    } catch (InterruptedException | RuntimeException e) {
      LOG.log(Level.ERROR, "unloading what could not be loaded failed, after " + ignored, e);
    }
  }

  private static void await(Loaded loaded, CompletableFuture<Void> end, Duration deadline)
      throws InterruptedException {
    try {
      end.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      throw new DriverfsException(
          Errno.ETIMEDOUT,
          loaded.module().toString(),
          "its init still runs after %.1f s and goes on; `rmmod --revoke` interrupts it"
              .formatted(deadline.toMillis() / 1e3));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverfsException failure) {
        throw failure;
      }
      throw new IllegalStateException("loading " + loaded.label() + " failed", e.getCause());
    }
  }
}
