package org.driverfs.model.spi;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.Driver;
import org.driverfs.model.Events;
import org.driverfs.model.Module;

/// What a module gets from its host. All that it registers or acquires here is taken back when it
/// is unloaded, the last first; what it acquires elsewhere is its own business, and is named if it
/// is left behind.
///
/// Thread-safe. After the end everything is refused with ENODEV.
public interface ModuleContext {
  /// The module: the owner of its drivers, and of its buses, classes and types of devices.
  Module module();

  /// Registers a driver, which must have this module as its owner.
  ///
  /// @throws org.driverfs.errno.DriverfsException EINVAL without the owner; EEXIST if its bus has
  ///   one of that name; ENODEV if the bus is not registered
  void register(Driver driver);

  /// Registers a bus, which must have this module as its owner.
  ///
  /// @throws org.driverfs.errno.DriverfsException EINVAL without the owner; EEXIST if there is one
  ///   of that name
  void register(Bus bus);

  /// Registers a class, which must have this module as its owner.
  ///
  /// @throws org.driverfs.errno.DriverfsException EINVAL without the owner; EEXIST if there is one
  ///   of that name
  void register(DeviceClass deviceClass);

  /// Registers a device. Its type must be [org.driverfs.model.DeviceType#PLAIN] or have this module
  /// as its owner.
  ///
  /// @throws org.driverfs.errno.DriverfsException EINVAL without the owner; EEXIST if its bus or
  ///   parent has one of that name; ENODEV if what it needs is not registered
  void register(Device device);

  /// Unregisters a device that was registered here; does nothing if it is not there any more.
  void unregister(Device device);

  /// The bus of that name, whosever it is.
  Optional<Bus> findBus(String name);

  /// The class of that name, whosever it is.
  Optional<DeviceClass> findClass(String name);

  /// Tells that an attribute of a device has another value.
  ///
  /// @param attribute its name, with its groups before it and slashes between
  void changed(Device device, String attribute);

  /// Closes something when the module is unloaded.
  ///
  /// @param name what it is called on the receipt
  /// @return the same
  <C extends AutoCloseable> C own(String name, C resource);

  /// Closes something now that was to be closed when the module is unloaded.
  ///
  /// @throws org.driverfs.errno.DriverfsException what closing it threw
  void close(AutoCloseable resource);

  /// Starts a thread, which is interrupted and waited for when the module is unloaded.
  ///
  /// @param name of the thread
  void start(String name, Runnable body);

  /// Runs something again and again, until it throws or the module is unloaded.
  ///
  /// @param name of the thread
  /// @param pause between the end of one run and the next, and before the first
  void every(String name, Duration pause, Runnable body);

  /// An executor with a thread for each task, which are interrupted and waited for when the module
  /// is unloaded.
  ///
  /// @param name of its threads
  ExecutorService executor(String name);

  /// Listens to all events from now on.
  Events.Subscription subscribe();

  /// The value of a parameter: what was given when the module was loaded, or written since, or its
  /// default.
  ///
  /// @throws org.driverfs.errno.DriverfsException ENOENT if the manifest has no such parameter
  String parameter(String name);

  /// Hears of each other value that is written to a parameter, before it counts; what is thrown
  /// refuses it.
  ///
  /// @throws org.driverfs.errno.DriverfsException ENOENT if the manifest has no such parameter
  void onParameter(String name, Consumer<String> listener);
}
