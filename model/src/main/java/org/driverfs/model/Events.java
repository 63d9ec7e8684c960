package org.driverfs.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// The events of a model, and who listens to them.
///
/// The last events stand in one ring, in which each subscriber has a place of its own. Publishing
/// overwrites the oldest and never waits for anybody: a subscriber that is overtaken has lost what
/// was before, and is told how many. One that comes late begins at an earlier place.
///
/// Publishers exclude each other. A subscriber takes no lock: an event carries its number, so that
/// whoever finds a later one where it looked knows that it was overtaken, and by how much, and
/// whoever finds an earlier one knows that there is none. Either a publisher sees who waits or that
/// one sees the new event, because each writes before it reads.
public final class Events {
  /// How many events are kept, for subscribers that are behind and those who come late.
  public static final int KEPT = 65_536;

  private static final ScopedValue<Integer> DEPTH = ScopedValue.newInstance();
  private static final int AT_FIRST = 256;
  private static final int LOOKS = 16;

  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  private final int kept;

  /// The event of number n at n modulo the length, which is a power of two and grows to [#kept]
  /// before anything is overwritten. Written with the monitor of this held.
  private volatile AtomicReferenceArray<@Nullable Event> ring;

  /// The number of the last event. Guarded by the monitor of this.
  private long sequence;

  Events() {
    this(AT_FIRST, KEPT);
  }

  /// @param atFirst how long the ring is at first; a power of two
  /// @param kept how long it grows; a power of two
  Events(int atFirst, int kept) {
    this.ring = new AtomicReferenceArray<>(atFirst);
    this.kept = kept;
  }

  /// Listens to all events from now on.
  public Subscription subscribe() {
    return subscribe(sequence());
  }

  /// Listens to all events after one, those that have happened first. Each comes once, in order.
  ///
  /// @param since the number of the last event that is known; 0 if none is. Those after it that are
  ///   not kept any more count as lost
  public Subscription subscribe(long since) {
    var subscription = new Subscription(Math.clamp(since, 0, sequence()));
    subscriptions.add(subscription);
    return subscription;
  }

  /// The number of the last event.
  public synchronized long sequence() {
    return sequence;
  }

  void publish(Action action, String path, String subsystem, Map<String, String> properties) {
    Map<String, String> copy = Map.copyOf(properties); // it may be of a class that has to go
    synchronized (this) {
      long number = sequence + 1;
      if (number > ring.length() && ring.length() < kept) {
        grow();
      }
      var event = new Event(number, action, path, subsystem, copy, depth());
      ring.set(place(number, ring), event);
      sequence = number;
    }
    subscriptions.forEach(Subscription::wake);
  }

  /// Does something because of an event: what this thread publishes meanwhile is that much deeper.
  /// Of what other threads, or the kernel, publish because of it nothing is known.
  ///
  /// @param depth of those events
  public static void at(int depth, Runnable effects) {
    ScopedValue.where(DEPTH, depth).run(effects);
  }

  /// How deep that is which this thread publishes, to go on with it in another.
  public static int depth() {
    return DEPTH.orElse(0);
  }

  private void grow() {
    var larger = new AtomicReferenceArray<@Nullable Event>(2 * ring.length());
    for (long number = sequence - ring.length() + 1; number <= sequence; number++) {
      larger.set(place(number, larger), ring.get(place(number, ring)));
    }
    ring = larger;
  }

  private static int place(long number, AtomicReferenceArray<@Nullable Event> in) {
    return (int) number & (in.length() - 1);
  }

  /// One listener's place among the events. For one thread at a time; any may close it.
  public final class Subscription implements AutoCloseable {
    // Of the listener's thread: the number of the last event that it has taken or lost.
    private long last;
    private long lost;

    /// The listener while it waits.
    private final AtomicReference<@Nullable Thread> waiter = new AtomicReference<>();

    private volatile boolean isClosed;
    private volatile Runnable whenClosed = () -> {};

    private Subscription(long last) {
      this.last = last;
    }

    /// Waits for the next event. Looks a few times before it sleeps, letting others run between:
    /// where events come fast, waking it would cost the publishers more than publishing.
    ///
    /// @return null if none came within that time, or if this is closed
    @SuppressWarnings("ThreadPriorityCheck") // a hint; what is right does not depend on it
    public @Nullable Event poll(Duration time) throws InterruptedException {
      Event next = next();
      for (int i = 0; next == null && i < LOOKS && !time.isZero(); i++) {
        Thread.yield();
        next = next();
      }
      return next != null || time.isZero() ? next : sleep(System.nanoTime() + time.toNanos());
    }

    private @Nullable Event sleep(long end) throws InterruptedException {
      try {
        do {
          waiter.set(Thread.currentThread()); // before looking: see the class
          Event next = next();
          long left = end - System.nanoTime();
          if (next != null || left <= 0 || isClosed) {
            return next;
          }
          LockSupport.parkNanos(this, left);
        } while (!Thread.interrupted());
        throw new InterruptedException();
      } finally {
        waiter.set(null);
      }
    }

    /// How many events were lost since this was asked last, all of them before the one that [#poll]
    /// gave last: they came too fast, or before this began to listen and were not kept.
    public long takeLost() {
      long taken = lost;
      lost = 0;
      return taken;
    }

    private @Nullable Event next() {
      long wanted = last + 1;
      while (true) {
        AtomicReferenceArray<@Nullable Event> now = ring;
        Event event = now.get(place(wanted, now));
        if (event == null || event.sequence() < wanted || isClosed) {
          return null;
        }
        if (event.sequence() == wanted) {
          lost += wanted - 1 - last;
          last = wanted;
          return event;
        }
        wanted = event.sequence() - kept + 1;
      }
    }

    private void wake() {
      Thread waiting = waiter.get();
      if (waiting != null && waiter.compareAndSet(waiting, null)) { // others need not wake it too
        LockSupport.unpark(waiting);
      }
    }

    /// Lets somebody know that nobody listens any more.
    void whenClosed(Runnable action) {
      whenClosed = action;
      if (isClosed) {
        action.run();
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
      isClosed = true;
      wake();
      whenClosed.run();
    }
  }
}
