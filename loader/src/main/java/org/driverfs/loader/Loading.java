package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;
import org.driverfs.model.Model;
import org.driverfs.model.ModelHost;
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
  /// @param reserved whether the label was reserved for this
  record Request(
      Manifest manifest,
      String label,
      Map<String, String> given,
      Loaded.Origin origin,
      boolean reserved) {}

  /// Makes the one object of a module.
  @FunctionalInterface
  interface Maker {
    /// Called in the module's own init, through the gate.
    DriverModule make(Loaded loaded) throws Exception;
  }

  private final Model model;
  private final ModelHost host;
  private final Table table;
  private final Unloading unloading;

  Loading(Model model, Table table, Unloading unloading) {
    this.model = model;
    this.host = model.host();
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
          var loader = new ModuleClassLoader(request.manifest().identity(), jar, providers);
          loaded.loader(loader);
          host.loadedBy(loaded.module(), loader);
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
            request.reserved(),
            providers ->
                new Loaded(
                    request.manifest(),
                    Module.loading(
                        request.label(), request.manifest().version(), parameters.attributes()),
                    request.origin(),
                    providers));
    Insistence.Step undo = () -> undo(loaded);
    Started<Loaded> started = null;
    try {
      loaded.context(new HostContext(model, loaded.module(), parameters, loaded::released));
      model.register(loaded.module());
      started = start(loaded, maker, deadline);
    } finally {
      if (started == null) {
        Insistence.take(undo, () -> table.leave(loaded));
      }
    }
    table.unclaim(loaded);
    return await(loaded, started, deadline);
  }

  private void undo(Loaded loaded) {
    if (loaded.module().isRegistered()) {
      model.unregister(loaded.module());
    }
  }

  private Started<Loaded> start(Loaded loaded, Maker maker, Duration deadline) {
    return new Started<Loaded>("loading " + loaded.label(), deadline)
        .start(
            work -> host.execute(loaded.module(), work),
            _ -> {
              DriverfsException failure = init(loaded, maker);
              if (failure != null) {
                throw failure;
              }
              return loaded;
            });
  }

  /// @return why it failed, in words: nothing of the module is kept; null if it did not
  private @Nullable DriverfsException init(Loaded loaded, Maker maker) {
    Module module = loaded.module();
    DriverfsException failure = null;
    loaded.initThread(Thread.currentThread());
    try {
      model.gate().call(module, module, INIT, () -> bringUp(loaded, maker.make(loaded)));
    } catch (DriverfsException e) {
      failure = new DriverfsException(e.errno(), module.toString(), "init: " + e.sentence());
    } catch (Throwable t) { // no memory
      failure = new DriverfsException(Errno.ENOMEM, module.toString(), "init: " + t, t);
    } finally {
      loaded.initThread(null);
    }
    if (failure == null && module.state() == Module.State.LOADING) {
      host.loaded(module);
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
    try {
      unloading.abandon(loaded, "failed init");
    } catch (InterruptedException | RuntimeException e) {
      LOG.log(Level.ERROR, "unloading what could not be loaded failed", e);
    }
  }

  /// Nobody gets a module that comes later than was waited for.
  private Loaded await(Loaded loaded, Started<Loaded> started, Duration deadline)
      throws InterruptedException {
    @Nullable Loaded up = null;
    boolean isAnswered = false;
    try {
      up = started.await(deadline);
      isAnswered = up != null;
    } catch (DriverfsException e) {
      isAnswered = true;
      throw e;
    } finally {
      if (!isAnswered) {
        unloading.letGo(loaded, "init gave no answer");
      }
    }
    if (up == null) {
      throw new DriverfsException(
          Errno.ETIMEDOUT,
          loaded.module().toString(),
          "its init still runs after %.1f s; it was interrupted, and goes as soon as that ends: %s"
              .formatted(deadline.toMillis() / 1e3, unloading.obstacles(loaded)));
    }
    return up;
  }
}
