package org.driverfs.lab.peers;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// No system at all: a class loader of the JDK, which is closed, and a reference that is nulled.
final class PlainHost implements Host {
  private static final PluginJar JAR =
      new PluginJar(List.of(), Map.of(), Map.of(), List.of("-proc:none"));

  private final Path jar;
  private @Nullable URLClassLoader loader;
  private volatile @Nullable Callable<?> service;

  PlainHost(Path directory) throws IOException {
    this.jar = JAR.make(directory);
  }

  @Override
  public void load() throws Exception {
    var made =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, PlainHost.class.getClassLoader());
    loader = made;
    Class<?> work = made.loadClass("plugin.Work");
    work.getMethod("start").invoke(null);
    service = (Callable<?>) work.getConstructor().newInstance();
  }

  @Override
  public Optional<String> call(int caller) throws Exception {
    Callable<?> found = service;
    return found == null ? Optional.empty() : Optional.of((String) found.call());
  }

  @Override
  public Outcome unload(Duration deadline) throws IOException {
    end();
    return new Outcome(true, List.of());
  }

  @Override
  public List<String> held() {
    return List.of();
  }

  @Override
  public void end() throws IOException {
    service = null;
    if (loader != null) {
      loader.close();
      loader = null;
    }
  }
}
