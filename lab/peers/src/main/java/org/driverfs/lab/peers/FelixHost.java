package org.driverfs.lab.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.felix.framework.Felix;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;

/// Apache Felix, an OSGi framework: the plug-in is a bundle with a service, which each call gets
/// and ungets. Unloading is stop, uninstall and refresh: only after the last the class loader may
/// go.
final class FelixHost implements Host {
  private static final PluginJar JAR =
      new PluginJar(
          List.of("FelixEntry"),
          Map.of(
              "Bundle-ManifestVersion", "2",
              "Bundle-SymbolicName", "worker",
              "Bundle-Version", "1.0.0",
              "Bundle-Activator", "plugin.FelixEntry",
              "Import-Package", "org.osgi.framework,javax.management"),
          Map.of(),
          List.of("-proc:none"));
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Path jar;
  private final FelixLog log = new FelixLog();
  private final Felix framework;
  private final BundleContext context;
  private @Nullable Bundle bundle;

  FelixHost(Path directory) throws IOException, BundleException {
    this.jar = JAR.make(directory);
    Map<String, Object> settings = new HashMap<>();
    settings.put(Constants.FRAMEWORK_STORAGE, directory.resolve("cache").toString());
    settings.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    settings.put("felix.log.logger", log);
    settings.put("felix.log.level", "3"); // all but what is for debugging
    this.framework = new Felix(settings);
    framework.start();
    this.context = framework.getBundleContext();
    context.addFrameworkListener(log);
  }

  @Override
  public void load() throws BundleException {
    Bundle installed = context.installBundle(jar.toUri().toString());
    bundle = installed;
    installed.start();
  }

  @Override
  public Optional<String> call(int caller) throws Exception {
    ServiceReference<?> reference = context.getServiceReference(Callable.class.getName());
    if (reference == null) {
      return Optional.empty();
    }
    Callable<?> service = (Callable<?>) context.getService(reference);
    if (service == null) {
      return Optional.empty();
    }
    try {
      return Optional.of((String) service.call());
    } finally {
      context.ungetService(reference);
    }
  }

  @Override
  public Outcome unload(Duration deadline) throws Exception {
    Bundle going = Objects.requireNonNull(bundle, "nothing is loaded");
    bundle = null;
    List<String> users = users(going);
    going.stop();
    going.uninstall();
    var refreshed = new CountDownLatch(1);
    framework
        .adapt(FrameworkWiring.class)
        .refreshBundles(
            List.of(going),
            event -> {
              if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
              }
            });
    boolean isOver = refreshed.await(LONG.toNanos(), TimeUnit.NANOSECONDS);
    return new Outcome(isOver, Stream.concat(users.stream(), log.take().stream()).toList());
  }

  /// Whom OSGi knows to use its services: bundles.
  private static List<String> users(Bundle going) {
    ServiceReference<?>[] services = going.getRegisteredServices();
    return Stream.of(services == null ? new ServiceReference<?>[0] : services)
        .map(ServiceReference::getUsingBundles)
        .filter(Objects::nonNull)
        .flatMap(Stream::of)
        .map(user -> "in use by bundle " + user)
        .toList();
  }

  @Override
  public List<String> held() {
    return framework.adapt(FrameworkWiring.class).getRemovalPendingBundles().stream()
        .map(pending -> "removal pending: " + pending)
        .toList();
  }

  @Override
  public void end() throws BundleException, InterruptedException {
    framework.stop();
    framework.waitForStop(LONG.toMillis());
  }
}
