package org.driverfs.model;

import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;

/// What drivers come in and go with: one loading of it, from its init to its exit. What outlives it
/// is its [ModuleRecord].
///
/// Its use count is 0 at rest: bound devices do not raise it. It is raised while a file is open
/// whose show or store is the module's, while one of its callbacks runs, and while one of its
/// drivers is in the hand of somebody who walks over them.
public final class Module extends Code {
  /// Where a module is.
  public enum State {
    /// Its init runs.
    LOADING,
    /// It can be used.
    LIVE,
    /// It refuses new users, and ends when the last one has left.
    GOING,
    /// Nobody is in its code, nor will be.
    UNLOADED
  }

  private final String version;
  private final AttributeSet<ModuleRecord> parameters;
  private final UseCount useCount = new UseCount();
  private final Set<Module> holders = ConcurrentHashMap.newKeySet();
  private volatile boolean isLoading;
  private volatile @Nullable ClassLoader classLoader;
  private volatile @Nullable ModuleRecord record;

  /// A module that is LIVE when it is registered, and has no parameters.
  ///
  /// @param name unique among the modules
  /// @param version for people; may be empty
  public Module(String name, String version) {
    this(name, version, AttributeSet.none(), false);
  }

  private Module(
      String name, String version, AttributeSet<ModuleRecord> parameters, boolean isLoading) {
    super(name);
    this.version = version;
    this.parameters = parameters;
    this.isLoading = isLoading;
  }

  /// A module that is LOADING until [#loaded].
  ///
  /// @param name unique among the modules
  /// @param version for people; may be empty
  /// @param parameters what can be read and written below `parameters/` of its record
  public static Module loading(String name, String version, AttributeSet<ModuleRecord> parameters) {
    return new Module(name, version, parameters, true);
  }

  /// Its init has ended well.
  void loaded() {
    isLoading = false;
  }

  /// What its code is loaded by; null if that is the host's.
  @Nullable ClassLoader classLoader() {
    return classLoader;
  }

  void classLoader(@Nullable ClassLoader newLoader) {
    classLoader = newLoader;
  }

  /// The version, for people.
  public String version() {
    return version;
  }

  /// What can be set from outside. Who has one open uses the module.
  public AttributeSet<ModuleRecord> parameters() {
    return parameters;
  }

  /// The modules that need this one: it cannot go before them.
  public Set<Module> holders() {
    return Collections.unmodifiableSet(holders);
  }

  /// Another module needs this one from now on, or no more.
  void heldBy(Module holder, boolean isHeld) {
    if (isHeld) {
      holders.add(holder);
    } else {
      holders.remove(holder);
    }
  }

  /// How many use it now; exact when nobody comes or goes.
  public long users() {
    return useCount.users();
  }

  /// Who uses the module, and whether it may still be used.
  UseCount useCount() {
    return useCount;
  }

  /// Where it is.
  public State state() {
    if (!isRegistered()) {
      return State.UNLOADED;
    }
    UseCount.State use = useCount.state();
    boolean isUsable = use == UseCount.State.LIVE || use == UseCount.State.DOUBT;
    return isUsable ? isLoading ? State.LOADING : State.LIVE : State.GOING;
  }

  /// What outlives it; empty unless this is registered.
  public Optional<ModuleRecord> record() {
    return Optional.ofNullable(record);
  }

  void record(@Nullable ModuleRecord newRecord) {
    record = newRecord;
  }

  /// Waits until nothing that belongs to it is registered, and the last of that was released.
  ///
  /// @return false if that takes longer
  public synchronized boolean awaitEmpty(Duration deadline) throws InterruptedException {
    return Deadline.await(this, deadline, () -> members() == 0);
  }

  @Override
  public Optional<Module> owner() {
    return Optional.of(this);
  }

  @Override
  Module module() {
    return this;
  }

  /// What [#beginToGo] answers when the module itself is in use.
  static final int USED = -2;

  @Override
  synchronized boolean addMember() {
    State now = state();
    return (now == State.LIVE || now == State.LOADING) && super.addMember();
  }

  /// A module that somebody has closed, and that nobody uses, goes; any other is tried.
  @Override
  synchronized int beginToGo() {
    if (members() > 0 || !isRegistered()) {
      return super.beginToGo();
    }
    return useCount.isDrained() || useCount.tryClose() ? super.beginToGo() : USED;
  }

  @Override
  public String kind() {
    return "module";
  }
}
