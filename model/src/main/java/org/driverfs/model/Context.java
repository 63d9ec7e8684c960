package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// What a driver has because it has a device: all that it acquires here is released when it loses
/// the device, after its remove, the last first; also when its probe fails half-way.
///
/// What cannot be released is told in the log and by an event of the device (`RELEASE_FAILED`); the
/// rest is released all the same. Thread-safe.
public final class Context {
  private final Device device;
  private final Driver driver;
  private final Binder binder;
  private final Map<String, String> saved;
  private final Resources resources;

  // Guarded by the monitor of this.
  private List<Attribute<? super Device>> attributes = List.of();
  private boolean isProbing = true;

  /// @param saved see [#saved]
  Context(Device device, Driver driver, Binder binder, Map<String, String> saved) {
    this.device = device;
    this.driver = driver;
    this.saved = saved;
    this.binder = binder;
    this.resources =
        new Resources(binder.gate(), driver, device, (name, failure) -> tell(name, failure));
  }

  /// The device.
  public Device device() {
    return device;
  }

  /// What another version of the driver, which had the device until now, has kept of it with
  /// [Driver.Callbacks#save]; empty if it comes from nobody.
  public Map<String, String> saved() {
    return saved;
  }

  /// Closes something when the driver loses the device.
  ///
  /// @return the same
  /// @throws DriverfsException ENODEV if the driver has lost it; then the resource was closed
  public <C extends AutoCloseable> C own(C resource) {
    return own(resource.getClass().getSimpleName(), resource);
  }

  /// Closes something when the driver loses the device.
  ///
  /// @param name what it is called if it cannot be closed
  /// @return the same
  /// @throws DriverfsException ENODEV if the driver has lost it; then the resource was closed
  public <C extends AutoCloseable> C own(String name, C resource) {
    return resources.own(name, resource);
  }

  /// Closes something now that was to be closed when the driver loses the device.
  ///
  /// @throws DriverfsException what closing it threw
  public void close(AutoCloseable resource) {
    resources.close(resource);
  }

  /// Starts a thread, which is interrupted and waited for when the driver loses the device.
  ///
  /// @param name of the thread
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public void start(String name, Runnable body) {
    resources.start(name, body);
  }

  /// Runs something again and again, until it throws or the driver loses the device. It is not run
  /// twice at once.
  ///
  /// @param name of the thread
  /// @param pause between the end of one run and the next, and before the first
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public void every(String name, Duration pause, Runnable body) {
    resources.every(name, pause, body);
  }

  /// An executor with a thread for each task. When the driver loses the device, those that run are
  /// interrupted and waited for.
  ///
  /// @param name of its threads
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public ExecutorService executor(String name) {
    return resources.executor(name);
  }

  /// Listens to all events from now on.
  ///
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public Events.Subscription subscribe() {
    return resources.subscribe(binder.model().events());
  }

  /// Tells that an attribute of the device has another value now.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  public void changed(String attribute) {
    binder.model().changed(device, attribute);
  }

  /// Registers a device, and unregisters it when the driver loses this one. What was acquired
  /// before it is not released before the child's own driver has lost it.
  ///
  /// @throws DriverfsException EINVAL if its type has another owner than the driver; ENODEV if the
  ///   driver has lost this one; what [Model#register(Device)] says
  public void register(Device child) {
    Module owner = child.type().owner();
    if (!child.type().equals(DeviceType.PLAIN) && owner != driver.module()) {
      throw new DriverfsException(
          Errno.EINVAL,
          child.toString(),
          "is of a type with another owner than %s; give the type that owner".formatted(driver));
    }
    binder.model().register(child);
    resources.own(child, () -> unregister(child), () -> {});
  }

  /// Gives the device an attribute until the driver loses it, besides those that all devices of the
  /// driver have. Only while the device is probed.
  ///
  /// @throws DriverfsException EBUSY after the probe; EEXIST if it was given one of that name
  public synchronized void add(Attribute<? super Device> attribute) {
    if (!isProbing) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), attribute.name() + " can only be added while it is probed");
    }
    List<Attribute<? super Device>> more = new ArrayList<>(attributes);
    for (Attribute<? super Device> other : attributes) {
      if (other.name().equals(attribute.name())) {
        throw new DriverfsException(
            Errno.EEXIST, device.path(), attribute.name() + " was added before");
      }
    }
    more.add(attribute);
    attributes = List.copyOf(more);
  }

  /// What the device was given; it stays the same after the probe.
  synchronized List<Attribute<? super Device>> attributes() {
    return attributes;
  }

  synchronized void probed() {
    isProbing = false;
  }

  /// What it holds now.
  List<String> held() {
    return resources.names();
  }

  /// See [Resources#release].
  void release(Runnable then) {
    probed();
    resources.release(then);
  }

  private void tell(String name, @Nullable DriverfsException failure) {
    if (failure != null) {
      binder
          .model()
          .publish(
              device, Action.CHANGE, Map.of("RELEASE_FAILED", name + ": " + failure.sentence()));
    }
  }

  private void unregister(Device child) {
    if (child.isRegistered()) {
      binder.model().remove(child);
    }
  }
}
