package org.driverfs.lab.thread;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// 5: callers count nothing; whoever unloads stops all of them at a safe point, where none is
/// inside a driver, and has the machine for itself. The kernel knows from its scheduler who is
/// inside; here each thread says so in a place of its own.
final class Freeze implements Strategy {
  private static final VarHandle DEPTH;

  static {
    try {
      DEPTH = MethodHandles.lookup().findVarHandle(Place.class, "depth", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// How deep a thread is inside drivers. Written by that thread alone.
  private static final class Place {
    private int depth;
  }

  private static final class Loaded implements Pointer {
    private final Memory driver;

    /// Changed while everybody stands still.
    private volatile boolean isLoaded = true;

    Loaded(Memory driver) {
      this.driver = driver;
    }

    @Override
    public Memory driver() {
      return driver;
    }
  }

  private final Set<Loaded> drivers = ConcurrentHashMap.newKeySet();
  private final List<Place> places = new CopyOnWriteArrayList<>();
  private final ThreadLocal<Place> mine =
      ThreadLocal.withInitial(() -> {
        var place = new Place();
        places.add(place);
        return place;
      });
  private volatile boolean isFrozen;

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Loaded(driver);
    drivers.add(pointer);
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    Place place = mine.get();
    while (true) {
      DEPTH.setVolatile(place, place.depth + 1);
      if (!isFrozen || place.depth > 1) { // who is inside is waited for, not stopped
        break;
      }
      DEPTH.setVolatile(place, place.depth - 1);
      awaitThaw();
    }
    if (((Loaded) pointer).isLoaded) {
      return 0;
    }
    release(pointer, 0);
    return REFUSED;
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    Place place = mine.get();
    DEPTH.setRelease(place, place.depth - 1);
  }

  @Override
  public Collection<? extends Pointer> drivers() {
    return drivers;
  }

  private synchronized void awaitThaw() {
    boolean interrupted = false;
    while (isFrozen) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void unload(Pointer pointer) {
    isFrozen = true;
    for (Place place : places) {
      while ((int) DEPTH.getAcquire(place) != 0) {
        Thread.onSpinWait();
      }
    }
    var loaded = (Loaded) pointer;
    loaded.isLoaded = false;
    drivers.remove(loaded);
    loaded.driver().free();
    isFrozen = false;
    notifyAll();
  }
}
