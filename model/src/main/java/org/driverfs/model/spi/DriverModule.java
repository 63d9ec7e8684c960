package org.driverfs.model.spi;

import java.util.Optional;

/// What a module author writes: the service `org.driverfs.model.spi.DriverModule` of the jar.
///
/// Made once for each loading, by its constructor without arguments. Its methods run one at a time.
public interface DriverModule {
  /// Brings the module up: registers what it brings through the context. Whatever is thrown fails
  /// the loading, and what was registered and acquired until then is released.
  void init(ModuleContext context) throws Exception;

  /// Takes the module down. Its drivers have lost all devices; what was acquired through the
  /// context is released after this. What is thrown is told, and keeps nothing from being released.
  default void exit() throws Exception {}

  /// A reason why the module should not be unloaded now. It counts only for those who ask whether
  /// it may go; who waits or revokes is not asked.
  default Optional<String> veto() {
    return Optional.empty();
  }
}
