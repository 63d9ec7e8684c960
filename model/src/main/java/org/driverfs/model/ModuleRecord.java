package org.driverfs.model;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What is known of the modules of one name. It outlives them: who has it pinned keeps no module
/// from going, and finds the next one of that name in it.
public final class ModuleRecord extends Kobject {
  private volatile @Nullable Module module;
  private volatile int generation;

  /// What a driver has saved of a device.
  ///
  /// @param isOwn whether the device is the module's, whose next version makes another in its place
  private record Saved(WeakReference<Device> device, boolean isOwn, Map<String, String> state) {}

  private final Map<String, Saved> saved = new ConcurrentHashMap<>();

  ModuleRecord(String name) {
    super(name);
  }

  /// The module that is there now.
  public Optional<Module> module() {
    return Optional.ofNullable(module);
  }

  /// Where the module is.
  public Module.State state() {
    Module now = module;
    return now == null ? Module.State.UNLOADED : now.state();
  }

  /// How many modules of that name there have been, as long as this is kept.
  public int generation() {
    return generation;
  }

  /// Keeps what a driver has saved of a device, until the driver of that name has it again: the
  /// same device, or what has the place of one that is the module's own.
  void save(Driver driver, Device device, Map<String, String> state, boolean isOwn) {
    if (!state.isEmpty()) {
      saved.put(key(driver, device), new Saved(new WeakReference<>(device), isOwn, state));
    }
  }

  /// What was saved before is not for the next module.
  void forgetSaved() {
    saved.clear();
  }

  /// What was saved of a device; empty if nothing was.
  Map<String, String> saved(Driver driver, Device device) {
    Saved kept = saved.get(key(driver, device));
    return kept != null && (kept.isOwn() || kept.device().refersTo(device))
        ? kept.state()
        : Map.of();
  }

  /// A driver has its device again.
  void restored(Driver driver, Device device) {
    saved.remove(key(driver, device));
  }

  private static String key(Driver driver, Device device) {
    return driver.name() + " " + device.path();
  }

  /// @return false if there is a module already, or if this goes
  synchronized boolean attach(Module next) {
    if (module != null || !isRegistered()) {
      return false;
    }
    module = next;
    generation++;
    next.record(this);
    return true;
  }

  /// Has another module from now on, without having been without one.
  synchronized void replace(Module next) {
    module = next;
    generation++;
    next.record(this);
  }

  /// Has no module any more; that has another record.
  synchronized void leave(Module last) {
    if (module == last) {
      module = null;
    }
  }

  /// @param last what was attached
  synchronized void detach(Module last) {
    leave(last);
    last.record(null);
  }

  @Override
  synchronized int beginToGo() {
    return module == null ? super.beginToGo() : 1;
  }

  @Override
  public String kind() {
    return "module";
  }
}
