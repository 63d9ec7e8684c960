package org.driverfs.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// A device: something that has a place below its parent, sits on a bus and can be driven.
public final class Device extends Kobject {
  private volatile @Nullable Device parent;
  private volatile String folder;
  private final @Nullable Bus bus;
  private final @Nullable DeviceClass deviceClass;

  // What may be a module's: let go when the device is released.
  private volatile DeviceType type;
  private volatile @Nullable Object data;

  /// Set and cleared by compare-and-set in [Binder]; what it is excludes other probes and removes.
  volatile @Nullable Binding binding;

  /// By which ids drivers know this; set when it is registered.
  volatile List<String> ids = List.of();

  /// Made when somebody wants this device. Guarded by the monitor of this while it is made.
  private volatile @Nullable Search search;

  /// Made with the first link. Guarded likewise.
  private volatile @Nullable Links links;

  /// Made when it first matters whether this is active. Guarded likewise.
  private volatile @Nullable Activity activity;

  /// The thread that tells the observers of a change of this device. Guarded by the monitor of
  /// this.
  private @Nullable Thread changing;

  /// The way into the code of the type; set when this is registered.
  volatile @Nullable Gate gate;

  /// Lets whoever was to unregister this know that it has gone.
  private volatile @Nullable Runnable whenGone;

  private Device(Builder builder) {
    super(builder.name);
    this.parent = builder.parent;
    this.folder = builder.folder;
    this.bus = builder.bus;
    this.deviceClass = builder.deviceClass;
    this.type = builder.type;
    this.data = builder.data;
  }

  /// A device that is not registered yet.
  ///
  /// @param name unique on its bus, and among its siblings
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /// The device that this one is below.
  public Optional<Device> parent() {
    return Optional.ofNullable(parent);
  }

  /// The plain directories between the parent, or the root, and this device, with slashes between;
  /// usually empty.
  public String folder() {
    return folder;
  }

  /// The bus that this sits on.
  public Optional<Bus> bus() {
    return Optional.ofNullable(bus);
  }

  /// What this device is, whatever bus it sits on.
  public Optional<DeviceClass> deviceClass() {
    return Optional.ofNullable(deviceClass);
  }

  /// What this device has in common with others of its make.
  public DeviceType type() {
    return type;
  }

  /// What whoever registered the device keeps for it.
  public @Nullable Object data() {
    return data;
  }

  /// The driver that is bound to this device now.
  public Optional<Driver> driver() {
    Binding now = binding;
    while (now != null && !now.isBound()) {
      Binding again = binding;
      if (again == now) {
        return Optional.empty();
      }
      now = again; // it has gone from one driver to another meanwhile
    }
    return now == null ? Optional.empty() : Optional.of(now.driver());
  }

  /// By which ids drivers know this, the most specific first; empty before it is registered.
  public List<String> ids() {
    return ids;
  }

  /// The devices that this one cannot be without, besides its parent.
  public List<Device> suppliers() {
    Links now = links;
    return now == null ? List.of() : Collections.unmodifiableList(now.suppliers);
  }

  /// The devices that cannot be without this one, besides its children.
  public List<Device> consumers() {
    Links now = links;
    return now == null ? List.of() : Collections.unmodifiableList(now.consumers);
  }

  /// What the driver has given this device besides what it gives to all.
  public List<Attribute<? super Device>> givenAttributes() {
    Binding now = binding;
    return now == null ? List.of() : now.context().attributes();
  }

  /// How the search for its driver goes; null if there was none.
  @Nullable Search findSearch() {
    return search;
  }

  synchronized Search search() {
    if (search == null) {
      search = new Search();
    }
    return search;
  }

  /// Whether this is active; null if that has not mattered yet.
  @Nullable Activity findActivity() {
    return activity;
  }

  synchronized Activity activity(Clock clock) {
    if (activity == null) {
      activity = new Activity(this, clock);
    }
    return activity;
  }

  /// What this cannot be without: its parent and its suppliers.
  List<Device> needed() {
    Device up = parent;
    List<Device> others = suppliers();
    if (others.isEmpty()) {
      return up == null ? List.of() : List.of(up);
    }
    List<Device> all = new ArrayList<>(others);
    if (up != null) {
      all.add(up);
    }
    return all;
  }

  synchronized Links links() {
    if (links == null) {
      links = new Links();
    }
    return links;
  }

  /// The names from the root down to this device, with slashes between.
  public String path() {
    Device up = parent;
    if (up == null) {
      return place();
    }
    Deque<Device> way = new ArrayDeque<>(List.of(this)); // however deep: it is not recursive
    for (; up != null; up = up.parent) {
      way.push(up);
    }
    var path = new StringJoiner("/");
    way.forEach(device -> path.add(device.place()));
    return path.toString();
  }

  private String place() {
    return folder.isEmpty() ? name() : folder + "/" + name();
  }

  void moveTo(Place place) {
    parent = place.parent();
    folder = place.folder();
    rename(place.name());
  }

  /// Waits until nobody else tells of a change of this device. No driver's probe, remove, show or
  /// store runs before [#endChange], and no other lock is held here.
  ///
  /// @throws DriverfsException EDEADLK if the thread itself does
  synchronized void beginChange() {
    requireNotChanging();
    Uninterruptibly.pause(() -> {
      while (changing != null) {
        wait();
      }
    });
    changing = Thread.currentThread();
  }

  synchronized void endChange() {
    changing = null;
    notifyAll();
  }

  /// @throws DriverfsException EDEADLK if the thread tells of a change of this device
  synchronized void requireNotChanging() {
    if (changing == Thread.currentThread()) {
      throw new DriverfsException(
          Errno.EDEADLK,
          path(),
          "cannot be changed by an observer that is told of its last change");
    }
  }

  /// Lets somebody know when this is not registered any more.
  void whenGone(Runnable action) {
    whenGone = action;
    if (!isRegistered()) {
      action.run();
    }
  }

  /// This is not registered any more.
  void gone() {
    Runnable action = whenGone;
    whenGone = null;
    if (action != null) {
      action.run();
    }
  }

  /// What must be registered as long as this is.
  List<Kobject> needs() {
    List<Kobject> needs = new ArrayList<>(3);
    if (parent != null) {
      needs.add(parent);
    }
    if (bus != null) {
      needs.add(bus);
    }
    if (deviceClass != null) {
      needs.add(deviceClass);
    }
    return needs;
  }

  @Override
  String where() {
    return path();
  }

  @Override
  public String kind() {
    return "device";
  }

  @Override
  protected void released() {
    DeviceType last = type;
    Gate through = gate;
    if (through == null) {
      letGo(last);
    } else {
      last.released(this, through, () -> letGo(last));
    }
  }

  private void letGo(DeviceType last) {
    type = DeviceType.PLAIN;
    data = null;
    if (last.owner() != null) {
      last.owner().removeMember();
    }
  }

  @Override
  public String toString() {
    return "device " + path();
  }

  /// What a device is made of.
  public static final class Builder {
    private final String name;
    private @Nullable Device parent;
    private String folder = "";
    private @Nullable Bus bus;
    private @Nullable DeviceClass deviceClass;
    private DeviceType type = DeviceType.PLAIN;
    private @Nullable Object data;

    private Builder(String name) {
      this.name = Objects.requireNonNull(name, "a device has a name");
    }

    /// The device that it is below; without one it is at the top.
    public Builder parent(@Nullable Device newParent) {
      parent = newParent;
      return this;
    }

    /// Plain directories between the parent and the device, with slashes between.
    public Builder folder(String newFolder) {
      folder = newFolder;
      return this;
    }

    /// The bus that it sits on; without one it cannot be driven.
    public Builder bus(@Nullable Bus newBus) {
      bus = newBus;
      return this;
    }

    /// What it is, whatever bus it sits on.
    public Builder deviceClass(@Nullable DeviceClass newClass) {
      deviceClass = newClass;
      return this;
    }

    /// What it has in common with others of its make.
    public Builder type(DeviceType newType) {
      type = newType;
      return this;
    }

    /// Anything that whoever registers the device wants to find again.
    public Builder data(@Nullable Object newData) {
      data = newData;
      return this;
    }

    /// The device, not registered.
    public Device build() {
      return new Device(this);
    }
  }
}
