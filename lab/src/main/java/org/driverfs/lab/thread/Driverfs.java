package org.driverfs.lab.thread;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.driverfs.lifetime.UseCount;

/// 9: what this project ships. The use count is memory of the host, not of the driver: it stays as
/// long as somebody has the pointer, and is collected after that. Entering raises a stripe of it
/// and then reads its state; unloading writes the state and then sums the stripes.
final class Driverfs implements Strategy {
  private static final Duration LONG = Duration.ofDays(1);

  private static final class Loaded implements Pointer {
    private final Memory driver;
    private final UseCount useCount = new UseCount();

    Loaded(Memory driver) {
      this.driver = driver;
    }

    @Override
    public Memory driver() {
      return driver;
    }
  }

  private final Set<Loaded> drivers = ConcurrentHashMap.newKeySet();

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Loaded(driver);
    drivers.add(pointer);
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    return ((Loaded) pointer).useCount.enter();
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    ((Loaded) pointer).useCount.leave((int) ticket);
  }

  @Override
  public Collection<? extends Pointer> drivers() {
    return drivers;
  }

  @Override
  public void unload(Pointer pointer) {
    var loaded = (Loaded) pointer;
    try {
      while (!loaded.useCount.close(LONG)) {
        // as long as it takes
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    drivers.remove(loaded);
    loaded.useCount.closed();
    loaded.driver().free();
  }
}
