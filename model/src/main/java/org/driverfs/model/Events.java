package org.driverfs.model;

import java.time.Duration;
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
/// it has lost.
public final class Events {
  /// How many events wait for a subscriber before it loses some.
  public static final int QUEUE = 4096;

  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  /// Guarded by the monitor of this, so that every subscriber sees events in their order.
  private long sequence;

  Events() {}

  /// Listens to all events from now on.
  public Subscription subscribe() {
    var subscription = new Subscription();
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
    for (Subscription subscription : subscriptions) {
      subscription.offer(event);
    }
  }

  /// One listener's events. For one thread at a time.
  public final class Subscription implements AutoCloseable {
    private final ArrayBlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong lost = new AtomicLong();

    private Subscription() {}

    /// Waits for the next event.
    ///
    /// @return null if none came within that time
    public @Nullable Event poll(Duration time) throws InterruptedException {
      return queue.poll(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// How many events were lost since this was asked last, because nobody took those before them.
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
