package org.driverfs.lab.thread;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// 6: a record for each name that a driver was ever loaded under. It stays when the driver goes, so
/// that every pointer is valid and is asked in O(1); a driver that is loaded again gets the same
/// one. Records of drivers that are not loaded can be purged, by somebody who knows that nobody has
/// a pointer to one.
final class Stub implements Strategy {
  private final Map<String, Entry> records = new ConcurrentHashMap<>();

  /// A record, guarded by its monitor.
  private static final class Entry implements Pointer {
    private @Nullable Memory driver;
    private int count;

    synchronized void loaded(Memory next) {
      driver = next;
    }

    synchronized boolean enter() {
      if (driver == null) {
        return false;
      }
      count++;
      return true;
    }

    synchronized void leave() {
      count--;
      notifyAll();
    }

    synchronized @Nullable Memory unloaded() {
      boolean interrupted = false;
      while (count > 0) {
        try {
          wait();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      Memory last = driver;
      driver = null;
      return last;
    }

    synchronized boolean isInactive() {
      return driver == null;
    }

    /// For those that have entered.
    @Override
    public synchronized Memory driver() {
      return Objects.requireNonNull(driver);
    }
  }

  @Override
  public Pointer load(Memory driver) {
    Entry entry = records.computeIfAbsent(driver.name(), _ -> new Entry());
    entry.loaded(driver);
    return entry;
  }

  @Override
  public long acquire(Pointer pointer) {
    return ((Entry) pointer).enter() ? 0 : REFUSED;
  }

  @Override
  public void release(Pointer pointer, long ticket) {
    ((Entry) pointer).leave();
  }

  @Override
  public Collection<? extends Pointer> drivers() {
    return records.values();
  }

  @Override
  public void unload(Pointer pointer) {
    Memory last = ((Entry) pointer).unloaded();
    if (last != null) {
      last.free();
    }
  }

  @Override
  public void purge() {
    records.values().removeIf(Entry::isInactive);
  }
}
