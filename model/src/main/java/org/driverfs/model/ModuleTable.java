package org.driverfs.model;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// The modules that are registered, and the records that outlive them.
///
/// A record is there before its module and goes after it; a module that comes while the record of
/// its name goes gets another one.
final class ModuleTable {
  private final ConcurrentMap<String, Module> modules = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, ModuleRecord> records = new ConcurrentHashMap<>();
  private final Registry registry;
  private final Gate gate;

  ModuleTable(Registry registry, Gate gate) {
    this.registry = registry;
    this.gate = gate;
  }

  Optional<Module> find(String name) {
    return Optional.ofNullable(modules.get(name));
  }

  Collection<ModuleRecord> records() {
    return Collections.unmodifiableCollection(records.values());
  }

  /// @throws DriverfsException see [Model#register(Module)]
  void register(Module module) {
    ModuleRecord record = attach(module);
    boolean isEntered = false;
    try {
      registry.enter(module, List.of(), modules, module.name());
      isEntered = true;
    } finally {
      if (!isEntered) {
        record.detach(module);
        forget(record);
      }
    }
    tellState(record);
  }

  /// Tells that the module of a record is in another state now.
  void tellState(ModuleRecord record) {
    registry.observers().tell(observer -> observer.changed(record, "initstate"));
  }

  private ModuleRecord attach(Module module) {
    return attach(module, module.name());
  }

  private ModuleRecord attach(Module module, String name) {
    while (true) {
      ModuleRecord there = records.get(name);
      if (there == null) {
        enter(new ModuleRecord(name));
      } else if (there.attach(module)) {
        return there;
      } else if (there.module().isPresent()) {
        throw new DriverfsException(
            Errno.EEXIST, module.toString(), "another module is called " + name);
      } else {
        Thread.onSpinWait(); // it goes at this moment
      }
    }
  }

  /// Makes the record of a name, if there is none, so that nothing can fail when it is taken.
  ///
  /// @throws DriverfsException EEXIST if a module has that name
  void prepare(String name) {
    if (modules.containsKey(name)) {
      throw new DriverfsException(
          Errno.EEXIST, "module " + name, "is there already; unload it first");
    }
    if (!records.containsKey(name)) {
      enter(new ModuleRecord(name));
    }
  }

  private void enter(ModuleRecord record) {
    try {
      registry.enter(record, List.of(), records, record.name());
    } catch (DriverfsException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      // another thread has made it
    }
  }

  /// @param keepsRecord whether its record stays
  /// @throws DriverfsException see [Model#unregister(Module)]
  void unregister(Module module, boolean keepsRecord) {
    int prevented = Registry.begin(module);
    if (prevented != 0) {
      throw inUse(module, prevented);
    }
    ModuleRecord record = module.record().orElseThrow();
    registry.leave(module, List.of(), modules, module.name());
    module.useCount().closed();
    module.end();
    record.detach(module);
    if (keepsRecord) {
      tellState(record);
    } else {
      forget(record);
    }
  }

  /// Lets a module have the record and name of another, which gets others.
  void takePlace(Module to, Module from, String newName) {
    ModuleRecord kept = from.record().orElseThrow();
    ModuleRecord left = to.record().orElseThrow();
    String name = from.name();
    attach(from, newName);
    modules.put(newName, from);
    kept.replace(to);
    modules.put(name, to);
    modules.remove(to.name(), to);
    left.leave(to);
    from.rename(newName);
    to.rename(name);
    forget(left);
  }

  private DriverfsException inUse(Module module, int prevented) {
    if (prevented > 0) {
      return new DriverfsException(
          Errno.EBUSY, module.toString(), "owns " + ownedBy(module) + "; unregister them first");
    }
    List<String> users = users(module);
    return new DriverfsException(
        Errno.EBUSY,
        module.toString(),
        "has %d users: %s"
            .formatted(
                module.useCount().users(),
                users.isEmpty() ? "nobody that is known" : String.join("; ", users)));
  }

  private String ownedBy(Module module) {
    List<String> names = owned(module).map(Kobject::toString).toList();
    return names.isEmpty() ? "drivers that are still losing devices" : String.join(", ", names);
  }

  /// The drivers of a module.
  Stream<Driver> drivers(Module module) {
    return registry.buses().stream()
        .flatMap(bus -> bus.drivers().values().stream())
        .filter(driver -> driver.module() == module);
  }

  private Stream<Kobject> owned(Module module) {
    Stream<Kobject> buses =
        registry.buses().stream().filter(bus -> bus.owner().orElse(null) == module).map(bus -> bus);
    return Stream.concat(drivers(module), buses);
  }

  /// Who uses a module, as messages name them.
  List<String> users(Module module) {
    Stream<String> inside =
        gate.inside().stream().filter(call -> call.isOf(module)).map(Gate.Call::toString);
    return Stream.concat(inside, registry.observers().users(module)).toList();
  }

  /// Lets a record go, unless there is a module.
  void forget(@Nullable ModuleRecord record) {
    if (record != null && record.beginToGo() == 0) {
      registry.leave(record, List.of(), records, record.name());
      record.end();
    }
  }
}
