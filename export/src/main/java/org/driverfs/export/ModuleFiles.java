package org.driverfs.export;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.ModuleRecord;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// What the directory of a module contains.
final class ModuleFiles {
  private final Model model;

  ModuleFiles(Model model) {
    this.model = model;
  }

  FileSet<ModuleRecord> all() {
    AttributeSet<ModuleRecord> attributes =
        AttributeSet.of(
            List.of(
                of("version", Module::version),
                Attribute.readOnly(
                    "initstate", record -> record.state().name().toLowerCase(Locale.ROOT)),
                Attribute.readOnly("generation", it -> Integer.toString(it.generation())),
                of("refcnt", module -> Long.toString(module.users())),
                of("users", module -> String.join("\n", model.users(module)))));
    return new Layers<>(
        AttributeFiles.of(attributes),
        FileSet.of(
            List.of(
                new Entry.Group<>("parameters", new Parameters()),
                new Entry.Group<>("drivers", new Drivers()),
                new Entry.Group<>("holders", new Holders()))));
  }

  private static Attribute<ModuleRecord> of(String name, Function<Module, String> show) {
    return Attribute.readOnly(name, record -> record.module().map(show).orElse(""));
  }

  /// Links that are worked out when somebody looks.
  private interface Links extends FileSet<ModuleRecord> {
    @Override
    List<Entry<? super ModuleRecord>> list(ModuleRecord record);

    @Override
    default @Nullable Entry<? super ModuleRecord> find(ModuleRecord record, String name) {
      return list(record).stream().filter(it -> it.name().equals(name)).findAny().orElse(null);
    }

    @Override
    default boolean isDynamic(ModuleRecord record) {
      return true; // nobody tells clients that they come and go
    }
  }

  /// The drivers of the module, as `<bus>:<driver>`.
  private final class Drivers implements Links {
    @Override
    public List<Entry<? super ModuleRecord>> list(ModuleRecord record) {
      return record.module().stream()
          .flatMap(module -> model.drivers(module).stream())
          .<Entry<? super ModuleRecord>>map(Drivers::link)
          .toList();
    }

    private static Entry<ModuleRecord> link(Driver driver) {
      String bus = driver.bus().name();
      return new Entry.LinkTo<>(
          bus + ":" + driver.name(), _ -> "../../../bus/" + bus + "/drivers/" + driver.name());
    }
  }

  /// The modules that need this one.
  private static final class Holders implements Links {
    @Override
    public List<Entry<? super ModuleRecord>> list(ModuleRecord record) {
      return record.module().stream()
          .flatMap(module -> module.holders().stream())
          .map(Kobject::name)
          .<Entry<? super ModuleRecord>>map(name -> new Entry.LinkTo<>(name, _ -> "../../" + name))
          .toList();
    }
  }

  /// What can be set from outside: the module is pinned while one is open.
  private final class Parameters implements FileSet<ModuleRecord> {
    @Override
    public List<? extends Entry<? super ModuleRecord>> list(ModuleRecord record) {
      return files(record).list(record);
    }

    @Override
    public @Nullable Entry<? super ModuleRecord> find(ModuleRecord record, String name) {
      return files(record).find(record, name);
    }

    @Override
    public boolean isDynamic(ModuleRecord record) {
      return true;
    }

    private FileSet<ModuleRecord> files(ModuleRecord record) {
      return record
          .module()
          .map(it -> AttributeFiles.of(it.parameters(), CodeWay.of(model.gate(), it)))
          .orElse(FileSet.none());
    }
  }
}
