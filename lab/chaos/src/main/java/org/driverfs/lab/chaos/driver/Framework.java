package org.driverfs.lab.chaos.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Events;
import org.driverfs.model.spi.ModuleContext;

/// How a module calls the framework back, from wherever it is.
final class Framework {
  private static final int MOST_DEVICES = 12;
  private static final int MOST_TASKS = 6;

  private final Script script;
  private final Deeds deeds;
  private final Map<Device, Context> bound = new ConcurrentHashMap<>();
  private final Deque<Device> own = new ConcurrentLinkedDeque<>();
  private final Deque<Device> children = new ConcurrentLinkedDeque<>();
  private final AtomicInteger names = new AtomicInteger();
  private final AtomicInteger tasks = new AtomicInteger();
  private volatile ModuleContext module;
  private volatile Bus bus;
  private volatile DeviceType type = DeviceType.PLAIN;

  Framework(Script script, Deeds deeds) {
    this.script = script;
    this.deeds = deeds;
  }

  /// @param newType what its own devices are
  void arrived(ModuleContext newModule, Bus newBus, DeviceType newType) {
    module = newModule;
    bus = newBus;
    type = newType;
  }

  void bound(Device device, Context context) {
    bound.put(device, context);
  }

  void lost(Device device) {
    bound.remove(device);
  }

  /// Its own bus, or the one that its driver is for.
  Optional<Bus> anyBus() {
    ModuleContext host = module;
    if (bus != null || host == null) {
      return Optional.ofNullable(bus);
    }
    return host.findBus(script.shape() == Script.Shape.NET ? "net" : "ground");
  }

  void call(Callback callback, Deed deed) throws InterruptedException {
    ModuleContext host = module;
    if (host == null) {
      return;
    }
    switch (deed) {
      case START_TASK -> startTask(host, callback);
      case REGISTER -> register(host, callback);
      case UNREGISTER -> unregister(host);
      case CHANGED -> changed(host);
      default -> look(host, callback);
    }
  }

  private void startTask(ModuleContext host, Callback callback) {
    if (tasks.incrementAndGet() > MOST_TASKS) {
      tasks.decrementAndGet();
      return;
    }
    Context context = deeds.draw(callback, 2) == 0 ? anyContext() : null;
    String name = "chaos-task-" + script.name();
    switch (deeds.draw(callback, 3)) {
      case 0 -> {
        if (context == null) {
          host.start(name, this::task);
        } else {
          context.start(name, this::task);
        }
      }
      case 1 -> {
        Duration pause = Duration.ofMillis(50 + deeds.draw(callback, 500));
        Runnable body = () -> deeds.in(Callback.TASK);
        if (context == null) {
          host.every(name, pause, body);
        } else {
          context.every(name, pause, body);
        }
      }
      default -> {
        var executor = context == null ? host.executor(name) : context.executor(name);
        executor.execute(this::task);
        executor.execute(() -> deeds.in(Callback.TASK));
      }
    }
  }

  private void task() {
    try {
      while (!deeds.isStopped()) {
        Thread.sleep(100);
        deeds.in(Callback.TASK);
      }
    } catch (InterruptedException _) {
      // It is over.
    }
  }

  private Context anyContext() {
    return bound.values().stream().findAny().orElse(null);
  }

  /// A device of the module's own, or a child of a device that it drives.
  private void register(ModuleContext host, Callback callback) {
    own.removeIf(device -> !device.isRegistered());
    children.removeIf(device -> !device.isRegistered());
    if (own.size() + children.size() >= MOST_DEVICES) {
      return;
    }
    var builder = Device.builder(script.name() + "-x" + names.incrementAndGet()).type(type);
    Context context = anyContext();
    if (context != null && deeds.draw(callback, 2) == 0) {
      Device child = builder.parent(context.device()).build();
      context.register(child);
      children.add(child);
    } else if (script.shape() == Script.Shape.WHOLE) {
      boolean isBelow = deeds.draw(callback, 2) == 0;
      Device device = builder.bus(bus).parent(isBelow ? parent(callback) : null).build();
      host.register(device);
      own.add(device);
    }
  }

  /// One of its own, or one that may go before what is below it.
  private Device parent(Callback callback) {
    boolean isOwn = script.isCalm() || deeds.draw(callback, 2) == 0;
    return (isOwn ? own : children).peekLast();
  }

  /// One of its own devices, also a parent of others.
  private void unregister(ModuleContext host) {
    Device device = own.pollFirst();
    if (device != null && device.isRegistered()) {
      own.addLast(device); // it is looked for when it has gone
      host.unregister(device);
    }
  }

  private void changed(ModuleContext host) {
    Context context = anyContext();
    if (context != null) {
      context.changed("text");
    }
    own.stream().filter(Device::isRegistered).limit(3).forEach(it -> host.changed(it, "text"));
  }

  private void look(ModuleContext host, Callback callback) throws InterruptedException {
    switch (deeds.draw(callback, 5)) {
      case 0 -> host.findBus("net").ifPresent(net -> net.forEachDevice(Device::path));
      case 1 ->
          anyBus()
              .ifPresent(it -> it.forEachDriver(each -> each.devices().forEach(Device::driver)));
      case 2 -> host.parameter("act");
      case 3 -> {
        try (Events.Subscription events = host.subscribe()) {
          events.poll(Duration.ofMillis(20));
        }
      }
      default -> readNeighbour();
    }
  }

  /// Through the mount: a request within a request.
  private void readNeighbour() {
    try {
      Files.readString(script.mount().resolve("class/net/lo/mtu"));
    } catch (IOException _) {
      // Whoever judges reads it too.
    }
  }
}
