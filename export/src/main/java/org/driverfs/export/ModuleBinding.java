package org.driverfs.export;

import org.driverfs.model.Model;
import org.driverfs.model.ModuleRecord;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;

/// Modules: `module/<module>/`, with what is known of them. It belongs to the record, which
/// outlives the module: reading it does not raise the use count that it shows, but for what is in
/// `parameters/`, which is the module's own.
final class ModuleBinding extends KobjectBinding<ModuleRecord> {
  private final DirectoryType<ModuleRecord> type;
  private final Directory<?> modules;

  ModuleBinding(Model model, Directory<?> root) {
    super(model);
    type = new DirectoryType<>(this, new ModuleFiles(model).all());
    modules = root.createDirectory("module");
  }

  void added(ModuleRecord record) {
    Shown.createDirectory(modules, record.name(), type, record);
  }
}
