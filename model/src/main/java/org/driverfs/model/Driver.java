package org.driverfs.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// A driver: what it can drive, and what it does when it gets or loses a device.
///
/// Its callbacks run with no lock held, one probe or remove of a device at a time, and never again
/// for a device after its remove has begun.
public final class Driver extends Code {
  /// What a driver author writes.
  public interface Callbacks {
    /// Takes a device. Whatever is thrown refuses it, and leaves it unbound; what was acquired
    /// through the context is released.
    ///
    /// @param context what is acquired through it is released when the device is lost
    /// @throws Deferral if the device can be taken when something else is there
    /// @throws Exception the reason for refusing
    void probe(Device device, Context context) throws Exception;

    /// Says how well a device suits, that has an id in the driver's table: the highest bid gets it.
    /// It may look at the device, and should not take its time.
    ///
    /// @param score what the table says for that id
    /// @return the bid
    /// @throws Exception the reason for refusing
    default int bid(Device device, int score) throws Exception {
      return score;
    }

    /// Gives a device up. Nobody is in an attribute of the driver for this device, nor will be.
    default void remove(Device device) throws Exception {}

    /// Keeps what the next version of this driver needs to know of a device that it is about to
    /// get: it finds that in [Context#saved] of its probe. The remove follows. Texts, since nothing
    /// of this version's classes may stay.
    default Map<String, String> save(Device device) throws Exception {
      return Map.of();
    }

    /// Lets a device sleep with the whole system, one level deeper. All that need the device are at
    /// that level already.
    ///
    /// @throws Exception the reason for refusing: then the system stays awake
    default void suspend(Device device, SleepLevel level) throws Exception {}

    /// Wakes a device one level, when all that it needs are at that level.
    default void resume(Device device, WakeLevel level) throws Exception {}

    /// Makes a device safe to be switched off, after all that need it. Nothing follows.
    default void shutdown(Device device) throws Exception {}
  }

  /// What is left of a driver that has gone.
  private static final Callbacks GONE =
      (device, _) -> {
        throw new DriverfsException(Errno.ENODEV, device.path(), "its driver has gone");
      };

  private final Bus bus;
  private final @Nullable Module owner;
  private final Map<String, Integer> ids;

  // What is the module's: let go when the driver is released, so that who holds it holds no code.
  private volatile AttributeSet<Driver> attributes;
  private volatile AttributeSet<Device> deviceAttributes;
  private volatile Callbacks callbacks;
  private volatile @Nullable RuntimePower runtimePower;

  /// From before their probe until after their remove.
  final Set<Binding> bindings = ConcurrentHashMap.newKeySet();

  /// Set when it is registered.
  private volatile long order;

  private Driver(Builder builder) {
    super(builder.name);
    this.bus = builder.bus;
    this.owner = builder.owner;
    this.ids = Map.copyOf(builder.ids);
    this.attributes = builder.attributes;
    this.deviceAttributes = builder.deviceAttributes;
    this.callbacks = builder.callbacks;
    this.runtimePower = builder.runtimePower;
  }

  /// A driver that is not registered yet.
  ///
  /// @param name unique on its bus
  /// @param bus whose devices it can drive
  /// @param callbacks what it does
  public static Builder builder(String name, Bus bus, Callbacks callbacks) {
    return new Builder(name, bus, callbacks);
  }

  /// Whose devices it can drive.
  public Bus bus() {
    return bus;
  }

  @Override
  public Optional<Module> owner() {
    return Optional.ofNullable(owner);
  }

  /// By which ids it knows devices, and the score of each: how well such a device suits it.
  public Map<String, Integer> ids() {
    return ids;
  }

  /// The devices that are bound to it now.
  public List<Device> devices() {
    return bindings.stream().filter(Binding::isBound).map(Binding::device).toList();
  }

  /// Who came first has the lower number; two never have the same. 0 before it is registered.
  long order() {
    return order;
  }

  void arrived(long newOrder) {
    order = newOrder;
  }

  /// What the driver itself has.
  public AttributeSet<Driver> attributes() {
    return attributes;
  }

  /// What each device has while it is bound to this driver.
  public AttributeSet<Device> deviceAttributes() {
    return deviceAttributes;
  }

  /// How it lets devices sleep that nobody uses; null if it does not.
  @Nullable RuntimePower runtimePower() {
    return runtimePower;
  }

  Callbacks callbacks() {
    return callbacks;
  }

  /// The owner cannot go before the last binding of the driver has ended.
  @Override
  protected void released() {
    callbacks = GONE;
    attributes = AttributeSet.none();
    deviceAttributes = AttributeSet.none();
    runtimePower = null;
    if (owner != null) {
      owner.removeMember();
    }
    super.released();
  }

  /// What it can be asked for by: its name, and its name with the version of its module, which
  /// tells it from another version beside it.
  Set<String> names() {
    return owner == null ? Set.of(name()) : Set.of(name(), name() + "@" + owner.version());
  }

  @Override
  @Nullable Module module() {
    return owner;
  }

  @Override
  public String kind() {
    return "driver";
  }

  /// What a driver is made of.
  public static final class Builder {
    private final String name;
    private final Bus bus;
    private final Callbacks callbacks;
    private @Nullable Module owner;
    private @Nullable RuntimePower runtimePower;
    private final Map<String, Integer> ids = new HashMap<>();
    private AttributeSet<Driver> attributes = AttributeSet.none();
    private AttributeSet<Device> deviceAttributes = AttributeSet.none();

    private Builder(String name, Bus bus, Callbacks callbacks) {
      this.name = Objects.requireNonNull(name, "a driver has a name");
      this.bus = bus;
      this.callbacks = callbacks;
    }

    /// The module that its code is in.
    public Builder owner(Module newOwner) {
      owner = newOwner;
      return this;
    }

    /// Adds ids of devices that it can drive, with a score of 0.
    public Builder ids(String... more) {
      for (String id : more) {
        id(id, 0);
      }
      return this;
    }

    /// Adds an id of devices that it can drive.
    ///
    /// @param score how well such a device suits it; the highest gets the device
    public Builder id(String id, int score) {
      ids.put(id, score);
      return this;
    }

    /// How it lets devices sleep that nobody uses; without it they stay active.
    public Builder runtimePower(RuntimePower newPower) {
      runtimePower = newPower;
      return this;
    }

    /// What the driver itself has.
    public Builder attributes(AttributeSet<Driver> newAttributes) {
      attributes = newAttributes;
      return this;
    }

    /// What each device has while it is bound to this driver.
    public Builder deviceAttributes(AttributeSet<Device> newAttributes) {
      deviceAttributes = newAttributes;
      return this;
    }

    /// The driver, not registered.
    public Driver build() {
      return new Driver(this);
    }
  }
}
