package org.driverfs.app;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.lifetime.VitalThread;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.jspecify.annotations.Nullable;

/// The rules of a daemon, and the thread that follows the events and does what they say: one event
/// after another, and for each the rules in the order of the file.
///
/// Rules cost publishers nothing: a command that takes its time makes the rules late, and if it
/// takes so long that events are lost, that is counted and told.
final class Rules implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("driverfs.rules");
  private static final Duration TURN = Duration.ofMinutes(1);
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private final World world;
  private final List<ActiveRule> rules;
  private final Events.Subscription events;
  private final AtomicLong lost = new AtomicLong();

  /// Null before [#start], or if there is no rule.
  private volatile @Nullable VitalThread follower;

  /// The number of the last event that the rules have followed. Guarded by the monitor of this.
  private long handled;

  Rules(World world, List<Rule> rules) {
    this.world = world;
    this.rules = rules.stream().map(rule -> new ActiveRule(rule, System::nanoTime)).toList();
    this.events = world.model().events().subscribe(0);
  }

  /// Begins to follow the events, from the first that is kept.
  void start() {
    if (!rules.isEmpty()) {
      follower = VitalThread.start("rules", this::follow);
    }
  }

  List<ActiveRule> all() {
    return rules;
  }

  /// How many events came and went before the rules could look at them.
  long lost() {
    return lost.get();
  }

  /// Whatever one event leads to, the next is followed.
  private boolean follow() throws InterruptedException {
    Event event = events.poll(TURN);
    tellLost(events.takeLost());
    if (event != null) {
      try {
        var facts = Facts.of(event, world);
        rules.forEach(rule -> rule.handle(facts, world));
      } finally {
        tellHandled(event.sequence());
      }
    }
    return true;
  }

  private synchronized void tellHandled(long sequence) {
    handled = sequence;
    notifyAll();
  }

  /// Waits until the rules have followed all events so far.
  ///
  /// @return false if that takes longer
  synchronized boolean settle(Duration deadline) throws InterruptedException {
    long last = world.model().events().sequence();
    long end = System.nanoTime() + deadline.toNanos();
    VitalThread thread = follower;
    while (thread != null && thread.isAlive() && handled < last) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(left / 1_000_000 + 1);
    }
    return true;
  }

  private void tellLost(long more) {
    if (more > 0) {
      lost.addAndGet(more);
      LOG.log(Level.WARNING, "{0} events were lost: the rules take longer than events come", more);
    }
  }

  @Override
  public void close() {
    events.close();
    VitalThread thread = follower;
    try {
      if (thread != null) {
        thread.stop();
        if (!thread.join(FAREWELL)) {
          LOG.log(Level.WARNING, "a rule still runs a command that does not end");
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
