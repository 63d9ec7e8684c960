package org.driverfs.lab.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.pf4j.JarPluginManager;
import org.pf4j.PluginManager;
import org.pf4j.PluginState;

/// PF4J. It is not thread-safe and leaves that to its user, so that one thread at a time is in its
/// manager. Calls of what it gave out are outside of that, or, on demand, under a lock for reading
/// that the host holds around each call: what a user who cares would write.
final class Pf4jHost implements Host {
  private static final String ID = "worker";
  private static final PluginJar JAR =
      new PluginJar(
          List.of("Pf4jEntry", "Pf4jJob"),
          Map.of("Plugin-Id", ID, "Plugin-Version", "1.0.0", "Plugin-Class", "plugin.Pf4jEntry"),
          Map.of(),
          List.of("-processor", "org.pf4j.processor.ExtensionAnnotationProcessor"));

  private final boolean isLocked;
  private final ReentrantReadWriteLock inside = new ReentrantReadWriteLock();
  private final Path jar;
  private final Said said = new Said("org.pf4j");

  // Guarded by its own monitor.
  private final PluginManager manager;

  /// @param isLocked whether the host holds a lock for reading around each call
  Pf4jHost(Path directory, boolean isLocked) throws IOException {
    this.isLocked = isLocked;
    this.jar = JAR.make(directory);
    this.manager = new JarPluginManager(Files.createDirectories(directory.resolve("plugins")));
  }

  @Override
  public void load() {
    synchronized (manager) {
      String id = manager.loadPlugin(jar);
      if (manager.startPlugin(id) != PluginState.STARTED) {
        throw new IllegalStateException("PF4J has not started " + id + ": " + said.take());
      }
    }
  }

  @Override
  public Optional<String> call(int caller) throws Exception {
    if (!isLocked) {
      return callUnlocked();
    }
    inside.readLock().lock();
    try {
      return callUnlocked();
    } finally {
      inside.readLock().unlock();
    }
  }

  private Optional<String> callUnlocked() throws Exception {
    List<Pf4jPoint> found;
    synchronized (manager) {
      found =
          manager.getPlugin(ID) == null ? List.of() : manager.getExtensions(Pf4jPoint.class, ID);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst().call());
  }

  @Override
  public Outcome unload(Duration deadline) throws InterruptedException {
    if (!isLocked) {
      return unloadUnlocked();
    }
    if (!inside.writeLock().tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
      return new Outcome(false, List.of("the host's lock: " + inside));
    }
    try {
      return unloadUnlocked();
    } finally {
      inside.writeLock().unlock();
    }
  }

  private Outcome unloadUnlocked() {
    synchronized (manager) {
      return new Outcome(manager.unloadPlugin(ID), said.take());
    }
  }

  @Override
  public List<String> held() {
    return said.take();
  }

  @Override
  public void end() {
    synchronized (manager) {
      manager.unloadPlugins();
    }
    said.close();
  }
}
