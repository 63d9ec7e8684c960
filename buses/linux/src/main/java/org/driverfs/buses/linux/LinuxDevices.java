package org.driverfs.buses.linux;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.model.Bus;
import org.driverfs.model.Model;

/// The devices of this machine's kernel as devices of a model, at the same paths: those that are
/// there at the start, and those that come and go afterwards, as the kernel's uevents tell.
///
/// The socket listens before the kernel's tree is looked at, so that whatever changes meanwhile is
/// told afterwards. After a loss of events the tree is looked at again. One thread does all of it;
/// the methods here are safe for any.
///
/// What is shown is what the thread sees that calls [#start]: its network namespace, and the sysfs
/// that is mounted in its mount namespace.
public final class LinuxDevices implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LinuxDevices.class.getName());

  /// How long an event that is being followed may take at the end.
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final UeventSocket socket;
  private final Sysfs sysfs;
  private final KernelPoller poller = new KernelPoller();
  private final Subsystems subsystems;
  private final DeviceMirror mirror;
  private final VitalThread thread;
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong rescans = new AtomicLong();
  private final AtomicInteger size = new AtomicInteger();
  private volatile boolean closing;

  /// Whether events were lost since the kernel's tree was looked at. Of the thread alone.
  private boolean lost;

  /// How many have asked to settle, and how many of them have been told. Guarded by the monitor of
  /// this.
  private long asked;

  private long settled;
  private boolean ended;

  /// What has been done so far.
  ///
  /// @param devices how many devices are mirrored now
  /// @param events how many uevents were followed
  /// @param rejected how many messages were no uevents of the kernel
  /// @param rescans how often events were lost and the kernel's tree was looked at again
  public record Counts(int devices, long events, long rejected, long rescans) {}

  LinuxDevices(Model model, UeventSocket socket, Sysfs sysfs) {
    this.socket = socket;
    this.sysfs = sysfs;
    subsystems = new Subsystems(model, new MirrorAttributes(sysfs, poller));
    mirror = new DeviceMirror(model, sysfs, subsystems);
    mirror.reconcile();
    size.set(mirror.size());
    thread = VitalThread.start("driverfs-uevents", this::takeTurn);
  }

  /// Registers the devices that are there now, and follows the kernel from now on.
  ///
  /// @param model where the devices go
  /// @throws DriverfsException if there is no sysfs at /sys, or no socket for uevents
  public static LinuxDevices start(Model model) {
    UeventSocket socket = UeventSocket.open();
    Sysfs sysfs;
    try {
      sysfs = Sysfs.at("/sys");
    } catch (DriverfsException e) {
      socket.close();
      throw e;
    }
    return new LinuxDevices(model, socket, sysfs);
  }

  /// The bus that stands for a bus or class of the kernel's, whether or not it has devices now.
  ///
  /// @param name such as `net` or `pci`
  public Bus bus(String name) {
    return subsystems.bus(name);
  }

  /// Waits until everything is followed that the kernel told before this was called. The kernel has
  /// told of a change when the call that made it returns. Not for observers of the model, which the
  /// thread that follows waits for.
  ///
  /// @param deadline how long at most
  /// @return false if the time ran out, or this is closed
  public synchronized boolean settle(Duration deadline) throws InterruptedException {
    if (ended) {
      return false;
    }
    long mine = ++asked;
    socket.wake();
    long end = System.nanoTime() + deadline.toNanos();
    while (settled < mine) {
      long left = end - System.nanoTime();
      if (ended || left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /// What has been done so far.
  public Counts counts() {
    return new Counts(size.get(), events.get(), rejected.get(), rescans.get());
  }

  /// Stops following, and unregisters the devices and then the buses and classes. Drivers on these
  /// buses are unregistered before.
  @Override
  public void close() {
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
      socket.wake();
    }
    if (!Uninterruptibly.await(PATIENCE, nanos -> thread.join(Duration.ofNanos(nanos)))) {
      LOG.log(Level.WARNING, "the kernel's devices are still followed, and are left as they are");
      return;
    }
    mirror.clear();
    subsystems.clear();
    socket.close();
    poller.close();
    sysfs.close();
  }

  Sysfs sysfs() {
    return sysfs;
  }

  /// Whatever fails in one turn may have been an event: the kernel's tree is looked at again.
  private boolean takeTurn() {
    boolean isDone = false;
    try {
      if (!closing) {
        follow(asked());
      }
      isDone = true;
    } finally {
      lost |= !isDone;
    }
    if (closing) {
      end();
    }
    return !closing;
  }

  /// Takes what is next. That nothing is left means that all is followed that was there when those
  /// asked who had asked before.
  ///
  /// After a loss the tree is looked at once nothing is left, not before: until then the kernel
  /// drops what else happens, without a word (netlink's CONGESTED lasts until the queue is empty).
  private void follow(long askedBefore) {
    switch (socket.receive()) {
      case Received.Event(Uevent uevent) -> {
        contain(() -> mirror.apply(uevent));
        events.incrementAndGet();
      }
      case Received.Rejected(String reason) -> {
        rejected.incrementAndGet();
        LOG.log(Level.WARNING, reason);
      }
      case Received.Lost(String reason) -> {
        LOG.log(Level.WARNING, reason + "; looking at all devices again");
        lost = true;
      }
      case Received.Nothing() -> {
        if (lost) {
          contain(mirror::reconcile);
          lost = false;
          rescans.incrementAndGet();
        } else {
          answer(askedBefore);
          socket.await();
        }
      }
    }
    size.set(mirror.size());
  }

  /// One event that goes wrong is the end of that event alone.
  private static void contain(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "a change of the kernel's devices was not followed", e);
    }
  }

  private synchronized long asked() {
    return asked;
  }

  private synchronized void answer(long upTo) {
    settled = upTo;
    notifyAll();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }
}
