package org.driverfs.lifetime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// A daemon thread that runs the code of one module after another, each with its own context class
/// loader: to set that costs next to nothing, where [Thread] waits for a volatile write.
///
/// It begins with the context class loader of the thread that makes it.
public class ContextThread extends Thread {
  private static final VarHandle LOADER;

  static {
    try {
      LOADER =
          MethodHandles.lookup().findVarHandle(ContextThread.class, "loader", ClassLoader.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Written by this thread, and by whoever takes a module's class loader away from it while it
  /// runs none of that module's code.
  private @Nullable ClassLoader loader;

  private final String name;

  /// A thread that is not started.
  @SuppressWarnings("this-escape") // to Thread alone
  public ContextThread(String name, Runnable body) {
    super(null, body, name, 0, false);
    this.name = name;
    setDaemon(true);
    loader = currentThread().getContextClassLoader();
  }

  @Override
  public final @Nullable ClassLoader getContextClassLoader() {
    return (ClassLoader) LOADER.getAcquire(this);
  }

  @Override
  public final void setContextClassLoader(@Nullable ClassLoader newLoader) {
    LOADER.setRelease(this, newLoader);
  }

  /// Takes back what the code that ran in this thread may have made of it: its interrupt flag,
  /// name, priority and handler. For this thread itself, before it does anything else.
  @SuppressWarnings({"ReferenceEquality", "ThreadPriorityCheck"}) // as it was, and nothing else
  public final void restore() {
    interrupted();
    if (getName() != name) {
      setName(name);
    }
    if (getPriority() != NORM_PRIORITY) {
      setPriority(NORM_PRIORITY);
    }
    setUncaughtExceptionHandler(null);
  }
}
