package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// Loads modules for devices that have no driver, by their aliases, and unloads those that nobody
/// else had asked for when they have been idle. One thread follows the events.
final class Automatic implements AutoCloseable {
  static final System.Logger LOG = System.getLogger("driverfs.loader");
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final Duration TURN = Duration.ofMinutes(1);

  private final Model model;
  private final Modules modules;
  private final Modules.Options options;
  private final Events.Subscription events;
  private final Thread follower =
      Thread.ofPlatform().daemon().name("driverfs-autoload").unstarted(this::follow);

  /// Since when each module is idle, by its label; of [System#nanoTime].
  private final Map<String, Long> idleSince = new HashMap<>();

  private volatile boolean isClosed;

  Automatic(Model model, Modules modules, Modules.Options options) {
    this.model = model;
    this.modules = modules;
    this.options = options;
    this.events = model.events().subscribe(0);
  }

  void start() {
    if (options.isAutomatic() || options.idle() != null) {
      follower.start();
    } else {
      events.close();
    }
  }

  /// Whatever comes of one event, the next is followed.
  private void follow() {
    while (!isClosed) {
      try {
        Event event = events.poll(pause());
        if (event != null && options.isAutomatic()) {
          handle(event);
        }
        if (options.idle() != null) {
          removeIdle(options.idle());
        }
      } catch (InterruptedException _) {
        // It is over, or somebody has kept this thread in mind.
      } catch (Throwable t) {
        tell(t);
      }
    }
  }

  private static void tell(Throwable thrown) {
    try {
      LOG.log(Level.ERROR, "loading modules for devices goes on after a failure", thrown);
    } catch (Throwable _) {
      // no memory
    }
  }

  private Duration pause() {
    Duration idle = options.idle();
    return idle == null ? TURN : idle.dividedBy(4).plusMillis(1);
  }

  private void handle(Event event) throws InterruptedException {
    Device device =
        event.action() == Event.Action.ADD
            ? model
                .findBus(event.subsystem())
                .flatMap(bus -> bus.findDevice(nameOf(event.path())))
                .orElse(null)
            : null;
    if (device == null || device.driver().isPresent()) {
      return;
    }
    for (SearchPath.Found found : modules.path().matching(device)) {
      load(found.manifest().name(), device);
    }
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private void load(String name, Device device) throws InterruptedException {
    try {
      if (modules.find(name).isEmpty()) {
        modules.modprobe(name, Map.of(), true);
        LOG.log(Level.INFO, "module " + name + " was loaded for " + device.path());
      }
    } catch (DriverfsException e) {
      if (e.errno() != Errno.EEXIST) {
        LOG.log(Level.WARNING, "no module for " + device.path() + ": " + e.getMessage());
      }
    }
  }

  private void removeIdle(Duration idle) throws InterruptedException {
    long now = System.nanoTime();
    for (Loaded loaded : modules.table().all()) {
      Long since = loaded.origin().isAutomatic() && isIdle(loaded) ? idleSince(loaded, now) : null;
      if (since == null) {
        idleSince.remove(loaded.label());
      } else if (now - since >= idle.toNanos()) {
        remove(loaded);
      }
    }
  }

  private long idleSince(Loaded loaded, long now) {
    return idleSince.computeIfAbsent(loaded.label(), _ -> now);
  }

  private boolean isIdle(Loaded loaded) {
    return loaded.module().users() == 0
        && loaded.module().holders().isEmpty()
        && model.drivers(loaded.module()).stream().allMatch(it -> it.devices().isEmpty());
  }

  private void remove(Loaded loaded) throws InterruptedException {
    idleSince.remove(loaded.label());
    @Nullable Receipt receipt = null;
    try {
      receipt = modules.rmmod(loaded.label(), new Way.Try());
    } catch (DriverfsException e) {
      LOG.log(Level.DEBUG, "stays although it was idle: " + e.getMessage());
    }
    if (receipt != null) {
      LOG.log(Level.INFO, "module " + loaded.label() + " was idle and is unloaded");
    }
  }

  @Override
  public void close() {
    isClosed = true;
    events.close();
    follower.interrupt();
    try {
      if (follower.isAlive() && !follower.join(FAREWELL)) {
        LOG.log(Level.WARNING, "a module is still being loaded for a device");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
