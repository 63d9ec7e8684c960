package org.driverfs.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What devices are to their users, whatever bus they sit on: net, block, input.
public final class DeviceClass extends Kobject {
  private final @Nullable Module owner;

  // What may be the module's: let go when the class is released.
  private volatile AttributeSet<DeviceClass> attributes;
  private volatile AttributeSet<Device> deviceAttributes;

  /// Those that are registered, by name; two on different buses may have one name.
  private final Index<String, Device> devices = new Index<>();

  /// A class whose devices have nothing in common but it.
  public DeviceClass(String name) {
    this(name, AttributeSet.none(), AttributeSet.none());
  }

  /// A class.
  ///
  /// @param name unique among the classes
  /// @param attributes what the class itself has
  /// @param deviceAttributes what each device of the class has
  public DeviceClass(
      String name, AttributeSet<DeviceClass> attributes, AttributeSet<Device> deviceAttributes) {
    this(name, attributes, deviceAttributes, null);
  }

  /// A class.
  ///
  /// @param owner the module that the code of the attributes is in; null if built in
  public DeviceClass(
      String name,
      AttributeSet<DeviceClass> attributes,
      AttributeSet<Device> deviceAttributes,
      @Nullable Module owner) {
    super(name);
    this.attributes = attributes;
    this.deviceAttributes = deviceAttributes;
    this.owner = owner;
  }

  /// The module that its code is in; empty if built in.
  public Optional<Module> owner() {
    return Optional.ofNullable(owner);
  }

  /// What the class itself has.
  public AttributeSet<DeviceClass> attributes() {
    return attributes;
  }

  /// What each device of the class has.
  public AttributeSet<Device> deviceAttributes() {
    return deviceAttributes;
  }

  Index<String, Device> devices() {
    return devices;
  }

  @Override
  protected void released() {
    attributes = AttributeSet.none();
    deviceAttributes = AttributeSet.none();
    if (owner != null) {
      owner.removeMember();
    }
  }

  @Override
  public String kind() {
    return "class";
  }
}
