package org.driverfs.loader;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Module;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// A module that is loaded, is being loaded or goes: all that knows its classes, to be let go as
/// one.
final class Loaded {
  /// What a module is loaded from.
  ///
  /// @param file where it was found; null if it is no jar
  /// @param isAutomatic whether nobody asked for it but a device
  record Origin(@Nullable Path file, boolean isAutomatic) {}

  private final Manifest manifest;
  private final Module module;
  private final Origin origin;
  private final List<Loaded> providers;

  // Set by the thread that loads it, and let go by the one that unloads it.
  private volatile @Nullable ModuleClassLoader loader;
  private volatile @Nullable DriverModule code;
  private volatile @Nullable HostContext context;

  /// Who runs its init now. Guarded by the monitor of this.
  private @Nullable Thread initThread;

  /// Set when somebody begins to unload it for good.
  private volatile @Nullable Departure departure;

  /// Whether it goes so that another version can come.
  private volatile boolean isReplaced;

  /// What somebody does with it that nobody else may do meanwhile, such as "is being loaded"; null
  /// for nothing. Guarded by the monitor of [Table].
  @Nullable String claim = "is being loaded";

  Loaded(Manifest manifest, Module module, Origin origin, List<Loaded> providers) {
    this.manifest = manifest;
    this.module = module;
    this.origin = origin;
    this.providers = List.copyOf(providers);
  }

  /// What it is called here: its name, or its name and version for one beside another version.
  String label() {
    return module.name();
  }

  Manifest manifest() {
    return manifest;
  }

  Module module() {
    return module;
  }

  Origin origin() {
    return origin;
  }

  List<Loaded> providers() {
    return providers;
  }

  Optional<ModuleClassLoader> loader() {
    return Optional.ofNullable(loader);
  }

  void loader(ModuleClassLoader newLoader) {
    loader = newLoader;
  }

  /// The jar as it was when this was loaded; empty if it was loaded from none.
  Optional<ModuleJar> jar() {
    Path file = origin.file();
    return file == null
        ? Optional.empty()
        : loader().map(it -> new ModuleJar(file, it.entries(), manifest));
  }

  @Nullable DriverModule code() {
    return code;
  }

  void code(DriverModule newCode) {
    code = newCode;
  }

  @Nullable HostContext context() {
    return context;
  }

  void context(HostContext newContext) {
    context = newContext;
  }

  @Nullable Departure departure() {
    return departure;
  }

  void departure(Departure newDeparture) {
    departure = newDeparture;
  }

  boolean isReplaced() {
    return isReplaced;
  }

  /// Its drivers save their devices before they lose them, if it goes from now on.
  void isReplaced(boolean newIsReplaced) {
    isReplaced = newIsReplaced;
  }

  /// Hears of what is released of it.
  void released(String name, @Nullable DriverfsException failure) {
    Departure now = departure;
    if (now != null) {
      now.released(name, failure);
    }
  }

  /// Its init begins or, with null, has ended.
  synchronized void initThread(@Nullable Thread thread) {
    initThread = thread;
    if (thread == null) {
      Thread.interrupted(); // that was meant for the init
    }
  }

  /// Tells an init that runs that nobody waits for it any more.
  synchronized void interruptInit() {
    if (initThread != null) {
      initThread.interrupt();
    }
  }

  /// Nothing here knows its classes any more.
  void letGo() {
    loader = null;
    code = null;
    context = null;
  }
}
