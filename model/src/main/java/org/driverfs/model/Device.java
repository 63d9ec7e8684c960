package org.driverfs.model;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A device: something that has a place below its parent, sits on a bus and can be driven.
public final class Device extends Kobject {
  private volatile @Nullable Device parent;
  private volatile String folder;
  private final @Nullable Bus bus;
  private final @Nullable DeviceClass deviceClass;
  private final DeviceType type;
  private final @Nullable Object data;

  /// Set and cleared by compare-and-set in [Binder]; what it is excludes other probes and removes.
  volatile @Nullable Binding binding;

  /// How many registered devices have this as parent. Guarded by the monitor of this.
  private int children;

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
    return now == null || !now.isBound() ? Optional.empty() : Optional.of(now.driver());
  }

  /// The names from the root down to this device, with slashes between.
  public String path() {
    var path = new StringBuilder();
    appendTo(path);
    return path.toString();
  }

  boolean isOrIsBelow(Device other) {
    Device up = parent;
    return this == other || (up != null && up.isOrIsBelow(other));
  }

  private void appendTo(StringBuilder path) {
    Device up = parent;
    if (up != null) {
      up.appendTo(path);
      path.append('/');
    }
    if (!folder.isEmpty()) {
      path.append(folder).append('/');
    }
    path.append(name());
  }

  void place(@Nullable Device newParent, String newFolder, String newName) {
    parent = newParent;
    folder = newFolder;
    rename(newName);
  }

  /// @return false if this is not registered
  synchronized boolean addChild() {
    if (!isRegistered()) {
      return false;
    }
    children++;
    return true;
  }

  synchronized void removeChild() {
    children--;
  }

  /// @return how many children prevent it; 0 if the device is going from now on, -1 if it was not
  ///   registered
  synchronized int beginToGo() {
    if (children > 0) {
      return children;
    }
    return advance(Stage.REGISTERED, Stage.GOING) ? 0 : -1;
  }

  @Override
  public String kind() {
    return "device";
  }

  @Override
  protected void released() {
    type.released(this);
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
