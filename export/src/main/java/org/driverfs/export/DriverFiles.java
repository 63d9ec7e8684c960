package org.driverfs.export;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Gate;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.model.Operation;
import org.driverfs.model.Operation.Kind;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;

/// The files that drivers bring, for themselves and for their devices: they go through the gate,
/// and while one for a device is open, the binding and the module of the driver are pinned.
///
/// Thread-safe. What belongs to a driver is kept from when it is shown until it is not: a late
/// reader finds nothing, and makes nothing that would outlive the driver.
final class DriverFiles {
  private final ConcurrentMap<Driver, FileSet<Device>> byDriver = new ConcurrentHashMap<>();
  private final Model model;

  DriverFiles(Model model) {
    this.model = model;
  }

  /// The files of the driver that the device is bound to now.
  FileSet<Device> of(Device device) {
    return device.driver().map(driver -> of(device, driver)).orElse(FileSet.none());
  }

  /// The files of a driver for a device, those included that it has given to this one alone.
  FileSet<Device> of(Device device, Driver driver) {
    return device.givenAttributes().isEmpty()
        ? of(driver)
        : new Layers<>(of(driver), given(device, driver));
  }

  private FileSet<Device> given(Device device, Driver driver) {
    return AttributeFiles.of(AttributeSet.of(device.givenAttributes()), new ForDevices(driver));
  }

  private FileSet<Device> of(Driver driver) {
    return byDriver.getOrDefault(driver, FileSet.none());
  }

  /// @throws DriverfsException EEXIST if two attributes of the driver have one name
  void remember(Driver driver) {
    FileSet<Device> files = AttributeFiles.of(driver.deviceAttributes(), new ForDevices(driver));
    boolean asks = driver.deviceAttributes().isDynamic();
    byDriver.put(driver, asks ? new Asked(driver, files, true) : files);
  }

  /// The files of a driver that loses a device, and has not removed it yet.
  FileSet<Device> leaving(Device device, Driver driver) {
    FileSet<Device> files = of(driver);
    FileSet<Device> unpinned =
        files instanceof Asked asked ? new Asked(driver, asked.files, false) : files;
    return new Layers<>(unpinned, given(device, driver));
  }

  void forget(Driver driver) {
    byDriver.remove(driver);
  }

  /// The files of the driver itself.
  FileSet<Driver> own(Driver driver) {
    return AttributeFiles.of(driver.attributes(), way(driver));
  }

  /// How a file of the driver itself gets into its code: with the module pinned while it is open.
  AttributeFiles.Way<Driver> way(Driver driver) {
    return new ForItself(driver);
  }

  /// Into the driver, for somebody who has it pinned.
  private abstract class Way<T extends Kobject> implements AttributeFiles.Way<T>, Subsystem<T> {
    final Driver driver;

    Way(Driver driver) {
      this.driver = driver;
    }

    @Override
    public <R extends @Nullable Object> R call(
        T object, Operation operation, Gate.Callback<R> callback) {
      return model.gate().callPinned(driver, object, operation, callback);
    }

    @Override
    public <S extends T> FileEntry<S> owned(FileEntry<S> file) {
      return file.ownedBy(this);
    }
  }

  private final class ForItself extends Way<Driver> {
    ForItself(Driver driver) {
      super(driver);
    }

    @Override
    public boolean get(Driver object) {
      return driver.pin(object);
    }

    @Override
    public void put(Driver object) {
      driver.unpin(object);
    }
  }

  private final class ForDevices extends Way<Device> {
    ForDevices(Driver driver) {
      super(driver);
    }

    @Override
    public boolean get(Device device) {
      return model.pin(device, driver);
    }

    @Override
    public void put(Device device) {
      model.unpin(device, driver);
    }
  }

  /// Files that the driver is asked for, while it is bound to the device. If that fails there are
  /// none, and the gate has told the log: the other files of the device are there all the same.
  private final class Asked implements FileSet<Device> {
    private static final Operation LIST = new Operation(Kind.LIST);

    private final Driver driver;
    private final FileSet<Device> files;
    private final boolean pins;

    Asked(Driver driver, FileSet<Device> files, boolean pins) {
      this.driver = driver;
      this.files = files;
      this.pins = pins;
    }

    @Override
    public List<? extends Entry<? super Device>> list(Device device) {
      List<? extends Entry<? super Device>> all = ask(device, LIST, () -> files.list(device));
      return all == null ? List.of() : all;
    }

    @Override
    public @Nullable Entry<? super Device> find(Device device, String name) {
      return this.<@Nullable Entry<? super Device>>ask(
          device, new Operation(Kind.FIND, name), () -> files.find(device, name));
    }

    @Override
    public boolean isDynamic(Device device) {
      return true;
    }

    private <R> @Nullable R ask(Device device, Operation operation, Gate.Callback<R> question) {
      if (!pins) {
        return answer(() -> model.gate().callBound(driver, device, operation, question));
      }
      if (!model.pin(device, driver)) {
        return null;
      }
      try {
        return answer(() -> model.gate().callPinned(driver, device, operation, question));
      } finally {
        model.unpin(device, driver);
      }
    }

    private <R> @Nullable R answer(Supplier<R> call) {
      try {
        return call.get();
      } catch (DriverfsException _) {
        return null;
      }
    }
  }
}
