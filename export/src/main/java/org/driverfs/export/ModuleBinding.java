package org.driverfs.export;

import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Module;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Modules: `module/<module>/`, with what is known of them. Reading it pins the record, and does
/// not raise the use count that it shows.
final class ModuleBinding extends KobjectBinding<Module> {
  private static final AttributeSet<Module> ATTRIBUTES =
      AttributeSet.of(
          java.util.List.of(
              Attribute.constant("version", Module::version),
              Attribute.readOnly("initstate", module -> module.isRegistered() ? "live" : "going"),
              Attribute.readOnly("refcnt", module -> Long.toString(module.useCount().users()))));

  private final DirectoryType<Module> type =
      new DirectoryType<>(this, AttributeFiles.of(ATTRIBUTES));
  private final Directory<?> modules;

  ModuleBinding(Directory<?> root) {
    modules = root.createDirectory("module");
  }

  void added(Module module) {
    Shown.createDirectory(modules, module.name(), type, module);
  }
}
