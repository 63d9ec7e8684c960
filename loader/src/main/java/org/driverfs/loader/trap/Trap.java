package org.driverfs.loader.trap;

import java.net.URLStreamHandlerFactory;

/// Where calls of a module's classes lead that would end the JVM or outlive the module: the loader
/// rewrites them when it defines the classes. Calls through reflection, method handles that are
/// looked up, or libraries outside the module are not caught.
public final class Trap {
  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private Trap() {}

  /// Instead of `System.exit`.
  public static void exit(int status) {
    Class<?> caller = WALKER.getCallerClass();
    warden(caller).exit("System.exit(" + status + ")", caller);
  }

  /// Instead of `Runtime.exit`.
  public static void exit(Runtime runtime, int status) {
    Class<?> caller = WALKER.getCallerClass();
    warden(caller).exit("Runtime.exit(" + status + ")", caller);
  }

  /// Instead of `Runtime.halt`.
  public static void halt(Runtime runtime, int status) {
    Class<?> caller = WALKER.getCallerClass();
    warden(caller).exit("Runtime.halt(" + status + ")", caller);
  }

  /// Instead of `Runtime.addShutdownHook`.
  public static void addShutdownHook(Runtime runtime, Thread hook) {
    warden(WALKER.getCallerClass()).addShutdownHook(runtime, hook);
  }

  /// Instead of `Runtime.removeShutdownHook`.
  public static boolean removeShutdownHook(Runtime runtime, Thread hook) {
    return warden(WALKER.getCallerClass()).removeShutdownHook(runtime, hook);
  }

  /// Instead of `URL.setURLStreamHandlerFactory`, which can be called once in a JVM and never be
  /// undone.
  public static void setURLStreamHandlerFactory(URLStreamHandlerFactory factory) {
    Class<?> caller = WALKER.getCallerClass();
    warden(caller).refuseHandlerFactory(caller);
  }

  private static Warden warden(Class<?> caller) {
    if (caller.getClassLoader() instanceof Warden warden) {
      return warden;
    }
    throw new IllegalCallerException(caller + " belongs to no module");
  }
}
