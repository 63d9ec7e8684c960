package org.driverfs.lab.thread;

import java.util.Collection;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// 8: modules are not unloaded. A driver can be unregistered, so that nobody finds it any more; its
/// code stays, and with it all that was ever loaded.
final class Never implements Strategy {
  private static final class Loaded implements Pointer {
    private final Memory driver;
    private volatile boolean isRegistered = true;

    Loaded(Memory driver) {
      this.driver = driver;
    }

    @Override
    public Memory driver() {
      return driver;
    }
  }

  private final Set<Loaded> drivers = ConcurrentHashMap.newKeySet();
  private final Queue<Memory> memory = new ConcurrentLinkedQueue<>();

  @Override
  public Pointer load(Memory driver) {
    var pointer = new Loaded(driver);
    memory.add(driver);
    drivers.add(pointer);
    return pointer;
  }

  @Override
  public long acquire(Pointer pointer) {
    return ((Loaded) pointer).isRegistered ? 0 : REFUSED;
  }

  @Override
  public void release(Pointer pointer, long ticket) {}

  @Override
  public Collection<? extends Pointer> drivers() {
    return drivers;
  }

  @Override
  public void unload(Pointer pointer) {
    var loaded = (Loaded) pointer;
    loaded.isRegistered = false;
    drivers.remove(loaded);
  }
}
