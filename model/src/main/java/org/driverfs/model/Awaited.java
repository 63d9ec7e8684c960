package org.driverfs.model;

/// What a probe can wait for.
public sealed interface Awaited {
  /// A device.
  ///
  /// @param bus the name of its bus
  /// @param device its name there
  record OnBus(String bus, String device) implements Awaited {
    @Override
    public String toString() {
      return "device " + device + " on bus " + bus;
    }
  }

  /// Any device of a class.
  ///
  /// @param deviceClass the name of the class
  record AnyMember(String deviceClass) implements Awaited {
    @Override
    public String toString() {
      return "a device of class " + deviceClass;
    }
  }

  /// A certain device of a class.
  ///
  /// @param deviceClass the name of the class
  /// @param device the name of the device
  record Member(String deviceClass, String device) implements Awaited {
    @Override
    public String toString() {
      return "device " + device + " of class " + deviceClass;
    }
  }

  /// A value of an attribute. It is looked at when the device is bound, when the attribute is said
  /// to have changed ([Model#changed]), and when a change of the device is published.
  ///
  /// @param of the device whose attribute it is
  /// @param attribute its name, with its groups before it and slashes between
  /// @param value what it must be, without a newline at its end
  record Value(OnBus of, String attribute, String value) implements Awaited {
    @Override
    public String toString() {
      return attribute + " of " + of + " to be " + value;
    }
  }

  /// A device on a bus.
  static Awaited device(String bus, String device) {
    return new OnBus(bus, device);
  }

  /// Any device of a class.
  static Awaited member(String deviceClass) {
    return new AnyMember(deviceClass);
  }

  /// A certain device of a class.
  static Awaited member(String deviceClass, String device) {
    return new Member(deviceClass, device);
  }

  /// A value of an attribute of a device on a bus.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  /// @param value what it must be, without a newline at its end
  static Awaited value(String bus, String device, String attribute, String value) {
    return new Value(new OnBus(bus, device), attribute, value);
  }
}
