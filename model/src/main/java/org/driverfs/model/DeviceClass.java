package org.driverfs.model;

/// What devices are to their users, whatever bus they sit on: net, block, input.
public final class DeviceClass extends Kobject {
  private final AttributeSet<DeviceClass> attributes;
  private final AttributeSet<Device> deviceAttributes;

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
    super(name);
    this.attributes = attributes;
    this.deviceAttributes = deviceAttributes;
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
  public String kind() {
    return "class";
  }
}
