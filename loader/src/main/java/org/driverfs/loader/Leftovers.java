package org.driverfs.loader;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.security.Provider;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.Operation;
import org.jspecify.annotations.Nullable;

/// What a module has left behind in the JVM that it did not acquire through its context: taken from
/// it where that is possible, and named where it is not.
final class Leftovers {
  /// How long all threads of a module together have to end after they were interrupted.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /// How long taking one kind of things may take: it runs code of the module.
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private final Model model;
  private final Module module;
  private final ModuleClassLoader loader;
  private final List<String> forced = new CopyOnWriteArrayList<>();
  private final List<String> left = new CopyOnWriteArrayList<>();

  Leftovers(Model model, Module module, ModuleClassLoader loader) {
    this.model = model;
    this.module = module;
    this.loader = loader;
  }

  /// What was taken.
  List<String> forced() {
    return forced;
  }

  /// What stays.
  List<String> left() {
    return left;
  }

  /// Takes what can be taken: its threads first, since they may leave more. One thing that fails
  /// keeps no other from being taken.
  void take() {
    loader.refused().forEach(call -> forced.add("refused: " + call));
    attempt("threads", this::takeThreads);
    attempt("shutdown hooks", this::takeHooks);
    attempt("MBeans", this::takeBeans);
    attempt("JDBC drivers", this::takeJdbcDrivers);
    attempt("log handlers", this::takeLogHandlers);
    attempt("security providers", this::takeProviders);
    attempt("defaults", this::takeDefaults);
  }

  private interface Step {
    void run() throws Exception;
  }

  /// In a thread of its own, and by way of the gate: an MBean hears that it goes, a thread may have
  /// another idea of what an interrupt is.
  private void attempt(String what, Step step) {
    var operation = new Operation(Operation.Kind.RELEASE, what);
    var attempt =
        new FutureTask<>(() ->
            model
                .gate()
                .callBound(
                    module,
                    module,
                    operation,
                    () -> {
                      step.run();
                      return true;
                    }));
    model.host().execute(module, attempt);
    try {
      boolean isOver =
          Uninterruptibly.<ExecutionException>await(
              LONGEST,
              nanos -> {
                try {
                  return attempt.get(nanos, TimeUnit.NANOSECONDS);
                } catch (TimeoutException _) {
                  return false;
                }
              });
      if (!isOver) {
        attempt.cancel(true); // it may obey an interrupt
        left.add(what + ", as far as could be seen: its code hangs while they are taken");
      }
    } catch (ExecutionException e) {
      String told =
          e.getCause() instanceof DriverfsException known
              ? known.sentence()
              : Thrown.printable(e).toString();
      left.add(what + ", as far as could be seen: " + told);
    }
  }

  private void takeHooks() {
    for (Thread hook : loader.takeHooks()) {
      if (Runtime.getRuntime().removeShutdownHook(hook)) {
        forced.add("shutdown hook " + hook.getName());
      }
    }
  }

  private void takeThreads() throws InterruptedException {
    List<Thread> own = new ArrayList<>();
    for (var each : Thread.getAllStackTraces().entrySet()) {
      Thread thread = each.getKey();
      boolean isIn = isInside(each.getValue()) || isOurs(thread) || isBeginning(each);
      if (isFrameworks(thread)) {
        continue; // it gets back what was its own when that call ends
      }
      if (isIn) {
        own.add(thread);
      } else {
        takeFromOthers(thread);
      }
    }
    own.forEach(this::interrupt);
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (Thread thread : own) {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      if (thread.isAlive()) {
        left.add(
            "thread "
                + thread.getName()
                + ", which goes on although it was interrupted"
                + at(thread));
      } else {
        forced.add("thread " + thread.getName());
      }
    }
  }

  /// Whether somebody is in a callback there, or looks for leftovers.
  private boolean isFrameworks(Thread thread) {
    return thread == Thread.currentThread()
        || model.gate().inside().stream().anyMatch(call -> call.thread() == thread);
  }

  private void takeFromOthers(Thread thread) {
    if (isOurs(thread.getUncaughtExceptionHandler())) {
      thread.setUncaughtExceptionHandler(null);
      forced.add("handler of uncaught exceptions of thread " + thread.getName());
    }
    if (thread.getContextClassLoader() == loader) {
      thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
      forced.add("context class loader of thread " + thread.getName());
    }
  }

  /// A thread of a class of the module's own may do anything then.
  private void interrupt(Thread thread) {
    if (isOurs(thread)) {
      attempt("interrupt of thread " + thread.getName(), thread::interrupt);
    } else {
      thread.interrupt();
    }
  }

  private boolean isInside(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .anyMatch(frame -> loader.getName().equals(frame.getClassLoaderName()));
  }

  /// Whether it has the context class loader of the thread that made it, and has not come to what
  /// it was made for.
  private boolean isBeginning(Map.Entry<Thread, StackTraceElement[]> thread) {
    return thread.getKey().getContextClassLoader() == loader
        && Arrays.stream(thread.getValue())
            .allMatch(frame -> frame.getClassName().equals(Thread.class.getName()));
  }

  private static String at(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length == 0 ? "" : ": at " + stack[0];
  }

  private boolean isOurs(@Nullable Object object) {
    return object != null && object.getClass().getClassLoader() == loader;
  }

  private void takeBeans() throws JMException {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    for (ObjectName name : server.queryNames(null, null)) {
      if (server.isRegistered(name) && server.getClassLoaderFor(name) == loader) {
        server.unregisterMBean(name);
        forced.add("MBean " + name);
      }
    }
  }

  /// The JDK lets only classes of the same loader see and take away a JDBC driver.
  private void takeJdbcDrivers() throws Exception {
    if (ModuleLayer.boot().findModule("java.sql").isEmpty()) {
      return;
    }
    String name = JdbcDrivers.class.getName();
    try (var bytes = Leftovers.class.getResourceAsStream("JdbcDrivers.class")) {
      if (bytes != null) {
        Class<?> inside = loader.define(name, bytes.readAllBytes());
        Method take = inside.getDeclaredMethod("take");
        take.setAccessible(true);
        List<?> taken = (List<?>) take.invoke(null);
        taken.forEach(driver -> forced.add("JDBC driver " + driver));
      }
    }
  }

  private void takeLogHandlers() {
    LogManager manager = LogManager.getLogManager();
    for (String name : Collections.list(manager.getLoggerNames())) {
      Logger logger = manager.getLogger(name);
      if (logger != null) {
        for (Handler handler : logger.getHandlers()) {
          if (isOurs(handler)) {
            logger.removeHandler(handler);
            forced.add("log handler of logger '" + name + "'");
          } else if (isOurs(handler.getFormatter()) || isOurs(handler.getFilter())) {
            left.add("formatter or filter in a log handler of logger '" + name + "'");
          }
        }
        if (isOurs(logger.getFilter())) {
          logger.setFilter(null);
          forced.add("filter of logger '" + name + "'");
        }
      }
    }
  }

  private void takeProviders() {
    for (Provider provider : Security.getProviders()) {
      if (isOurs(provider)) {
        Security.removeProvider(provider.getName());
        forced.add("security provider " + provider.getName());
      }
    }
  }

  private void takeDefaults() {
    if (isOurs(Thread.getDefaultUncaughtExceptionHandler())) {
      Thread.setDefaultUncaughtExceptionHandler(null);
      forced.add("default handler of uncaught exceptions");
    }
    if (isOurs(java.net.ProxySelector.getDefault())) {
      java.net.ProxySelector.setDefault(null);
      forced.add("default proxy selector");
    }
    if (isOurs(java.net.CookieHandler.getDefault())) {
      java.net.CookieHandler.setDefault(null);
      forced.add("default cookie handler");
    }
    if (isOurs(java.net.Authenticator.getDefault())) {
      java.net.Authenticator.setDefault(null);
      forced.add("default authenticator");
    }
    if (isOurs(System.out) || isOurs(System.err) || isOurs(System.in)) {
      left.add("standard input or output, which it has replaced");
    }
  }
}
