package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;
import org.driverfs.errno.Thrown;
import org.jspecify.annotations.Nullable;

/// What devices of one make have in common.
///
/// @param name the name, for people
/// @param ids by which drivers know such devices, the most specific first
/// @param attributes what each device of this type has
/// @param release runs once for each device, when it is unregistered and its last reference is put
/// @param owner the module that the code of the attributes and of the release is in; null if built
///   in
public record DeviceType(
    String name,
    List<String> ids,
    AttributeSet<Device> attributes,
    Consumer<? super Device> release,
    @Nullable Module owner) {
  private static final Operation RELEASE = new Operation(Operation.Kind.RELEASE);

  /// Devices that have nothing in particular, and no ids.
  public static final DeviceType PLAIN =
      new DeviceType("", List.of(), AttributeSet.none(), _ -> {});

  /// A type.
  public DeviceType {
    ids = List.copyOf(ids);
  }

  /// A type whose code is built in.
  public DeviceType(
      String name,
      List<String> ids,
      AttributeSet<Device> attributes,
      Consumer<? super Device> release) {
    this(name, ids, attributes, release, null);
  }

  /// The same type, with code of a module.
  public DeviceType owner(Module newOwner) {
    return new DeviceType(name, ids, attributes, release, newOwner);
  }

  /// A type whose only id is its name.
  public DeviceType(
      String name, AttributeSet<Device> attributes, Consumer<? super Device> release) {
    this(name, List.of(name), attributes, release);
  }

  /// A type whose only id is its name, and whose devices hold nothing that must be released.
  public DeviceType(String name, AttributeSet<Device> attributes) {
    this(name, attributes, _ -> {});
  }

  /// Runs the release of a device, of whose type this is, and then something else: in a thread of
  /// the owner's, since it may take any time.
  void released(Device device, Gate gate, Runnable then) {
    Runnable work =
        () -> {
          release(device, gate);
          then.run();
        };
    if (owner == null) {
      work.run();
    } else {
      gate.workqueue().runOrQueue(owner, work);
    }
  }

  private void release(Device device, Gate gate) {
    try {
      if (owner == null) {
        release.accept(device);
      } else {
        gate.callBound(owner, device, RELEASE, () -> accept(device));
      }
    } catch (Throwable t) {
      Gate.tell(Level.WARNING, "release of " + device + " failed", Thrown.printable(t));
    }
  }

  private boolean accept(Device device) {
    release.accept(device);
    return true;
  }
}
