package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.model.Event.Action;
import org.jspecify.annotations.Nullable;

/// The events of a model, and who listens to them.
///
/// Publishing never waits: a subscriber whose queue is full loses the event, and is told how many
/// it has lost. The last events are kept for those who come late.
public final class Events {
  /// How many events wait for a subscriber before it loses some.
  public static final int QUEUE = 4096;

  /// How many events are kept for those who come late.
  public static final int KEPT = 65_536;

  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  /// Guarded by the monitor of this, so that every subscriber sees events in their order.
  private long sequence;

  /// The last events. Guarded likewise.
  private final ArrayDeque<Event> kept = new ArrayDeque<>();

  Events() {}

  /// Listens to all events from now on.
  public synchronized Subscription subscribe() {
    return subscribe(sequence);
  }

  /// Listens to all events after one, those that have happened first. Each comes once, in order.
  ///
  /// @param since the number of the last event that is known; 0 if none is. Those after it that are
  ///   not kept any more count as lost
  public synchronized Subscription subscribe(long since) {
    List<Event> missed = kept.stream().filter(event -> event.sequence() > since).toList();
    long lost = Math.max(0, sequence - missed.size() - Math.max(0, since));
    var subscription = new Subscription(missed, lost);
    subscriptions.add(subscription);
    return subscription;
  }

  /// The number of the last event.
  public synchronized long sequence() {
    return sequence;
  }

  synchronized void publish(
      Action action, String path, String subsystem, Map<String, String> properties) {
    var event = new Event(++sequence, action, path, subsystem, properties);
    if (kept.size() == KEPT) {
      kept.removeFirst();
    }
    kept.addLast(event);
    for (Subscription subscription : subscriptions) {
      subscription.offer(event);
    }
  }

  /// One listener's events. For one thread at a time.
  public final class Subscription implements AutoCloseable {
    private final ArrayBlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong lost;

    /// What had happened before; of the listener's thread.
    private final ArrayDeque<Event> missed;

    private Subscription(List<Event> missed, long lost) {
      this.missed = new ArrayDeque<>(missed);
      this.lost = new AtomicLong(lost);
    }

    /// Waits for the next event.
    ///
    /// @return null if none came within that time
    public @Nullable Event poll(Duration time) throws InterruptedException {
      Event before = missed.poll();
      return before != null ? before : queue.poll(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// How many events were lost since this was asked last, because nobody took those before them,
    /// or because they were not kept.
    public long takeLost() {
      return lost.getAndSet(0);
    }

    private void offer(Event event) {
      if (!queue.offer(event)) {
        lost.incrementAndGet();
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }
}
