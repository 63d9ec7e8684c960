package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Operation.Kind;
import org.jspecify.annotations.Nullable;

/// What a driver has because it has a device: all that it acquires here is released when it loses
/// the device, after its remove, the last first; also when its probe fails half-way.
///
/// What cannot be released is told in the log and by an event of the device (`RELEASE_FAILED`); the
/// rest is released all the same. Thread-safe.
public final class Context {
  /// @param child the device that this stands for; null for anything else
  private record Held(String name, AutoCloseable resource, @Nullable Device child) {}

  private final Device device;
  private final Driver driver;
  private final Binder binder;

  // Guarded by the monitor of this.
  private final Deque<Held> held = new ArrayDeque<>(0);
  private List<Attribute<? super Device>> attributes = List.of();
  private boolean isProbing = true;
  private boolean isOver;

  Context(Device device, Driver driver, Binder binder) {
    this.device = device;
    this.driver = driver;
    this.binder = binder;
  }

  /// The device.
  public Device device() {
    return device;
  }

  /// Closes something when the driver loses the device.
  ///
  /// @return the same
  /// @throws DriverfsException ENODEV if the driver has lost it; then the resource was closed
  public <C extends AutoCloseable> C own(C resource) {
    return own(resource.getClass().getSimpleName(), resource);
  }

  /// Closes something when the driver loses the device.
  ///
  /// @param name what it is called if it cannot be closed
  /// @return the same
  /// @throws DriverfsException ENODEV if the driver has lost it; then the resource was closed
  public <C extends AutoCloseable> C own(String name, C resource) {
    own(new Held(name, resource, null));
    return resource;
  }

  private void own(Held next) {
    synchronized (this) {
      if (!isOver) {
        held.push(next);
        return;
      }
    }
    release(next);
    throw new DriverfsException(
        Errno.ENODEV,
        device.path(),
        next.name() + " comes too late: " + driver + " has lost the device");
  }

  /// Starts a thread, which is interrupted and waited for when the driver loses the device.
  ///
  /// @param name of the thread
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public void start(String name, Runnable body) {
    executor(name).execute(body);
  }

  /// Runs something again and again, until it throws or the driver loses the device. It is not run
  /// twice at once.
  ///
  /// @param name of the thread
  /// @param pause between the end of one run and the next, and before the first
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public void every(String name, Duration pause, Runnable body) {
    Thread timer =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                while (true) {
                  Thread.sleep(pause);
                  run(name, body);
                }
              } catch (InterruptedException | DriverfsException _) {
                // The device is lost, or the gate has told the log what the driver threw.
              }
            });
    own(name, () -> end(timer));
    timer.start();
  }

  /// An executor with a thread for each task. When the driver loses the device, those that run are
  /// interrupted and waited for.
  ///
  /// @param name of its threads
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public ExecutorService executor(String name) {
    var executor = new TaskExecutor(name, body -> run(name, body));
    own(
        name,
        () -> {
          executor.shutdownNow();
          executor.close();
        });
    return executor;
  }

  /// Listens to all events from now on.
  ///
  /// @throws DriverfsException ENODEV if the driver has lost the device
  public Events.Subscription subscribe() {
    return own("subscription", binder.model().events().subscribe());
  }

  /// Registers a device, and unregisters it when the driver loses this one. What was acquired
  /// before it is not released before the child's own driver has lost it.
  ///
  /// @throws DriverfsException ENODEV if the driver has lost this one; what
  ///   [Model#register(Device)] says
  public void register(Device child) {
    binder.model().register(child);
    own(new Held(child.toString(), () -> unregister(child), child));
  }

  /// Gives the device an attribute until the driver loses it, besides those that all devices of the
  /// driver have. Only while the device is probed.
  ///
  /// @throws DriverfsException EBUSY after the probe; EEXIST if it was given one of that name
  public synchronized void add(Attribute<? super Device> attribute) {
    if (!isProbing) {
      throw new DriverfsException(
          Errno.EBUSY, device.path(), attribute.name() + " can only be added while it is probed");
    }
    List<Attribute<? super Device>> more = new ArrayList<>(attributes);
    for (Attribute<? super Device> other : attributes) {
      if (other.name().equals(attribute.name())) {
        throw new DriverfsException(
            Errno.EEXIST, device.path(), attribute.name() + " was added before");
      }
    }
    more.add(attribute);
    attributes = List.copyOf(more);
  }

  /// What the device was given; it stays the same after the probe.
  synchronized List<Attribute<? super Device>> attributes() {
    return attributes;
  }

  synchronized void probed() {
    isProbing = false;
  }

  /// Releases everything, and goes on. The owner of the driver cannot go meanwhile. If somebody is
  /// still inside the driver of a child, the rest follows when they leave, in their thread.
  void release(Runnable then) {
    for (Held next = take(); next != null; next = take()) {
      release(next);
      Binding last = next.child() == null ? null : next.child().binding;
      if (last != null) {
        last.whenEnded(() -> binder.outside(device, () -> release(then)));
        return;
      }
    }
    then.run();
  }

  private synchronized @Nullable Held take() {
    isProbing = false;
    isOver = true;
    return held.poll();
  }

  private void release(Held last) {
    try {
      binder
          .gate()
          .callPinned(
              driver,
              device,
              new Operation(Kind.RELEASE, last.name()),
              () -> {
                last.resource().close();
                return true;
              });
    } catch (DriverfsException e) {
      binder
          .model()
          .publish(
              device, Action.CHANGE, Map.of("RELEASE_FAILED", last.name() + ": " + e.sentence()));
    }
  }

  private void unregister(Device child) {
    if (child.isRegistered()) {
      binder.model().unregister(child);
    }
  }

  private void run(String name, Runnable body) {
    binder
        .gate()
        .callPinned(
            driver,
            device,
            new Operation(Kind.TASK, name),
            () -> {
              body.run();
              return true;
            });
  }

  /// Waits as long as it takes, whoever interrupts: nobody may be in the driver's code afterwards.
  private static void end(Thread thread) {
    boolean interrupted = false;
    thread.interrupt();
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
