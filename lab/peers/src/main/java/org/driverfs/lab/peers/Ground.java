package org.driverfs.lab.peers;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import javax.management.JMException;
import javax.management.ObjectName;

/// Where the plug-ins of a run stand: gives them what they commit their faults with, and hears what
/// they do. It stands in the system properties and has only types of the JDK, so that the same
/// plug-in runs in every system.
///
/// Thread-safe; one at a time.
final class Ground {
  private static final String KEY = "driverfs.peers";

  /// The host's listeners, from which nobody takes those of a plug-in.
  private static final List<Object> LISTENERS = new CopyOnWriteArrayList<>();

  private final List<Loading> loadings = new CopyOnWriteArrayList<>();

  /// @param fault that the plug-ins commit
  Ground(Fault fault) {
    ToLongFunction<ClassLoader> arrive = this::arrive;
    LongConsumer leave = number -> loading(number).leave();
    Supplier<String> asked = fault::label;
    LongFunction<CountDownLatch> release = number -> loading(number).hold();
    Consumer<Object> listen = Ground::listen;
    System.getProperties().put(KEY, new Object[] {arrive, leave, asked, release, listen});
  }

  private static void listen(Object listener) {
    LISTENERS.add(listener);
  }

  /// A plug-in is about to be loaded.
  Loading begin() {
    var loading = new Loading();
    loadings.add(loading);
    return loading;
  }

  private long arrive(ClassLoader loader) {
    loadings.getLast().arrived(loader);
    return loadings.size() - 1L;
  }

  private Loading loading(long number) {
    return loadings.get((int) number);
  }

  /// All, the first first.
  List<Loading> loadings() {
    return loadings;
  }

  /// Takes away what the plug-ins have left and can be taken, and lets those go that are held.
  void close() throws JMException {
    loadings.forEach(Loading::release);
    LISTENERS.clear();
    var server = ManagementFactory.getPlatformMBeanServer();
    for (ObjectName name : server.queryNames(new ObjectName("driverfs.peers:*"), null)) {
      server.unregisterMBean(name);
    }
    System.getProperties().remove(KEY);
  }
}
