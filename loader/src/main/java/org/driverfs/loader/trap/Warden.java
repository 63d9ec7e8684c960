package org.driverfs.loader.trap;

/// What the class loader of a module does with the calls that [Trap] catches.
public interface Warden {
  /// Refuses to end the JVM.
  void exit(String call, Class<?> caller);

  /// Adds a shutdown hook that is removed with the module.
  void addShutdownHook(Runtime runtime, Thread hook);

  /// Removes one.
  boolean removeShutdownHook(Runtime runtime, Thread hook);

  /// Refuses to set a factory that would stay for ever.
  void refuseHandlerFactory(Class<?> caller);
}
