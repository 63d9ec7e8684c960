package org.driverfs.export;

import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.Bus;
import org.driverfs.model.Code;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.model.ModelObserver;
import org.driverfs.model.Module;
import org.driverfs.model.ModuleRecord;
import org.driverfs.model.Passage;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;

/// Shows a model in a tree: the one place where the two meet.
///
///     root/<device tree>            `devices` is a link to it
///     bus/<bus>/devices/<id>        links into root/
///     bus/<bus>/drivers/<driver>/   bind, unbind, module, a link for each device it has
///     class/<class>/<id>            links into root/
///     module/<module>/              version, initstate, refcnt, users, parameters, drivers, holders
///
/// Thread-safe.
public final class Export implements ModelObserver {
  private static final int SNAPSHOT_ATTEMPTS = 5;

  private final Model model;
  private final Tree tree;
  private final Turns turns = new Turns();
  private final BusBinding buses;
  private final ClassBinding classes;
  private final DeviceBinding devices;
  private final DriverBinding drivers;
  private final ModuleBinding modules;
  private final DriverFiles driverFiles;

  private Export(Model model, Tree tree) {
    this.model = model;
    this.tree = tree;
    Directory<?> root = tree.root();
    Directory<?> top = root.createDirectory("root");
    root.createLink("devices", top);
    driverFiles = new DriverFiles(model);
    var common = new DeviceAttributes(model);
    buses = new BusBinding(model, root, common.ofBuses());
    classes = new ClassBinding(model, root);
    devices = new DeviceBinding(model, top, common, driverFiles);
    drivers = new DriverBinding(model, driverFiles);
    modules = new ModuleBinding(model, root);
  }

  /// Shows what is registered with a model from now on.
  ///
  /// @param model a model with nothing in it
  /// @param tree where it is shown: `root`, `devices`, `bus`, `class` and `module` are made there
  /// @throws DriverfsException EEXIST if the tree has one of those
  public static Export of(Model model, Tree tree) {
    var export = new Export(model, tree);
    model.addObserver(export);
    return export;
  }

  /// Makes a file that this object has, and others of its kind have not.
  ///
  /// @throws DriverfsException EEXIST if it has one of that name; ENODEV if it is not registered
  public void createFile(Device device, Attribute<? super Device> attribute) {
    devices.createFile(device, attribute);
  }

  /// Removes a file that was made so.
  ///
  /// @throws DriverfsException ENOENT if there is none
  public void removeFile(Device device, Attribute<? super Device> attribute) {
    devices.removeFile(device, attribute);
  }

  /// See [#createFile(Device, Attribute)].
  public void createFile(Driver driver, Attribute<? super Driver> attribute) {
    drivers.createFile(driver, attribute);
  }

  /// See [#removeFile(Device, Attribute)].
  public void removeFile(Driver driver, Attribute<? super Driver> attribute) {
    drivers.removeFile(driver, attribute);
  }

  /// See [#createFile(Device, Attribute)].
  public void createFile(Bus bus, Attribute<? super Bus> attribute) {
    buses.createFile(bus, attribute);
  }

  /// See [#removeFile(Device, Attribute)].
  public void removeFile(Bus bus, Attribute<? super Bus> attribute) {
    buses.removeFile(bus, attribute);
  }

  /// See [#createFile(Device, Attribute)].
  public void createFile(DeviceClass deviceClass, Attribute<? super DeviceClass> attribute) {
    classes.createFile(deviceClass, attribute);
  }

  /// See [#removeFile(Device, Attribute)].
  public void removeFile(DeviceClass deviceClass, Attribute<? super DeviceClass> attribute) {
    classes.removeFile(deviceClass, attribute);
  }

  /// See [#createFile(Device, Attribute)].
  public void createFile(ModuleRecord record, Attribute<? super ModuleRecord> attribute) {
    modules.createFile(record, attribute);
  }

  /// See [#removeFile(Device, Attribute)].
  public void removeFile(ModuleRecord record, Attribute<? super ModuleRecord> attribute) {
    modules.removeFile(record, attribute);
  }

  /// The directory of an object that is shown here.
  ///
  /// @throws DriverfsException ENODEV if it is not registered
  public Directory<?> directory(Kobject object) {
    if (object.representation() instanceof Directory<?> directory) {
      return directory;
    }
    throw new DriverfsException(Errno.ENODEV, object.toString(), "is not registered");
  }

  /// Begins to put stores together that all happen or none.
  ///
  /// @param caller on whose behalf the files are opened
  public Transaction transaction(Caller caller) {
    return new Transaction(turns, tree.openFiles(), caller);
  }

  /// Reads all files of the object of a directory together, those in its groups included.
  ///
  /// @param isRecursive whether the objects whose directories are below are read too, one after
  ///   another
  /// @param caller on whose behalf the files are opened
  /// @throws DriverfsException what listing the directory threw; EBUSY if a transaction of the
  ///   object takes too long
  /// @throws InterruptedException also if what a file waited for was interrupted
  public Snapshot snapshot(Directory<?> directory, boolean isRecursive, Caller caller)
      throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      long version = model.events().sequence();
      var walk = new SnapshotWalk(turns, caller, isRecursive);
      walk.visit(directory, "");
      boolean isConsistent = model.events().sequence() == version;
      if (isConsistent || attempt == SNAPSHOT_ATTEMPTS) {
        return new Snapshot(version, isConsistent, walk.values, walk.failures);
      }
    }
  }

  @Override
  public void added(Kobject object) {
    switch (object) {
      case Bus bus -> buses.added(bus);
      case DeviceClass deviceClass -> classes.added(deviceClass);
      case Device device -> devices.added(device);
      case Driver driver -> drivers.added(driver);
      case ModuleRecord record -> modules.added(record);
      case Module _ -> {} // its record is shown
    }
  }

  @Override
  public void removed(Kobject object) {
    switch (object) {
      case Bus bus -> Shown.removeDirectory(bus);
      case DeviceClass deviceClass -> Shown.removeDirectory(deviceClass);
      case Device device -> devices.removed(device);
      case Driver driver -> {
        Shown.removeDirectory(driver);
        driverFiles.forget(driver);
      }
      case ModuleRecord record -> Shown.removeDirectory(record);
      case Module _ -> {}
    }
  }

  @Override
  public void moved(Device device) {
    devices.moved(device);
  }

  @Override
  public void bound(Device device, Driver driver) {
    new BoundDevice(device, driver, driverFiles.of(device, driver)).appear();
  }

  @Override
  public void unbound(Device device, Driver driver) {
    new BoundDevice(device, driver, driverFiles.of(device, driver)).disappear();
    driverFiles.forget(device, driver);
  }

  @Override
  public void changed(Kobject object, String attribute) {
    if (object.representation() instanceof Directory<?> directory) {
      directory.changed(attribute);
    }
  }

  @Override
  public void visibilityChanged(Kobject object, String attribute) {
    int slash = attribute.lastIndexOf('/');
    findGroup(object, attribute.substring(0, Math.max(0, slash)))
        .ifPresent(group -> group.lookAgain(attribute.substring(slash + 1)));
  }

  @Override
  public List<String> users(Module module) {
    return tree.openFiles().all().stream()
        .filter(open -> open.owner() instanceof CodeWay<?> way && way.isOf(module))
        .map(OpenFileName::of)
        .toList();
  }

  @Override
  public @Nullable Passage passing(Kobject object, Code from) {
    return object.representation() instanceof Directory<?> directory
        ? new FilePassage(
            directory,
            directory.beginHandover(owner -> owner instanceof CodeWay<?> way && way.isInto(from)))
        : null;
  }

  @Override
  public void passed(Device device, Driver from, Driver to) {
    new BoundDevice(device, from, driverFiles.of(device, from))
        .replaceBy(new BoundDevice(device, to, driverFiles.of(device, to)));
    driverFiles.forget(device, from);
  }

  @Override
  public void renamed(Driver first, Driver second) {
    Directory<Driver> one = Shown.directory(first);
    tree.exchange(one, Shown.directory(second));
    Directory<?> drivers = one.parent();
    if (drivers != null) {
      Shown.directory(second).moveTo(drivers, second.name());
    }
  }

  @Override
  public void revoked(Module module) {
    tree.openFiles().revoke(owner -> owner instanceof CodeWay<?> way && way.isOf(module));
  }

  /// The directory of an object, or of a group of its attributes.
  ///
  /// @param groups names with slashes between; empty for the object's own directory
  /// @return empty if it has gone meanwhile
  private static Optional<Directory<?>> findGroup(Kobject object, String groups) {
    Object node = object.representation();
    for (String name : groups.isEmpty() ? new String[0] : groups.split("/", -1)) {
      node = node instanceof Directory<?> above ? above.find(name).orElse(null) : null;
    }
    return node instanceof Directory<?> directory ? Optional.of(directory) : Optional.empty();
  }
}
