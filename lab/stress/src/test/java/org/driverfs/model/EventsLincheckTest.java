package org.driverfs.model;

import java.time.Duration;
import java.util.Map;
import org.driverfs.lab.stress.Linearizability;
import org.driverfs.model.Event.Action;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The events that a listener gets while others publish: each once, in order, unless it is told
/// that it lost them.
public class EventsLincheckTest {
  /// A ring that grows and is overwritten within a few events.
  public static class OfTwo {
    private final Events events;
    private final Events.Subscription listener;

    /// For the checker.
    public OfTwo() {
      this(new Events(1, 2));
    }

    OfTwo(Events events) {
      this.events = events;
      this.listener = events.subscribe();
    }

    /// Publishes an event.
    @Operation
    public void publish() {
      events.publish(Action.CHANGE, "", "", Map.of());
    }

    /// Takes the next event.
    ///
    /// @return its number; null if there is none
    @Operation(nonParallelGroup = "listener")
    public @Nullable Long poll() throws InterruptedException {
      Event event = listener.poll(Duration.ZERO);
      return event == null ? null : event.sequence();
    }

    /// Asks how many were lost.
    @Operation(nonParallelGroup = "listener")
    public long takeLost() {
      return listener.takeLost();
    }

    /// Ends the subscription.
    @Operation
    public void close() {
      listener.close();
    }

    /// The number of the last event.
    @Operation
    public long sequence() {
      return events.sequence();
    }
  }

  /// A ring in which nothing is overwritten.
  public static class OfMany extends OfTwo {
    /// For the checker.
    public OfMany() {
      super(new Events(1, Events.KEPT));
    }
  }

  @Test
  void publishAndPoll_overtaken_isOneOrder() {
    Linearizability.check(OfTwo.class);
  }

  @Test
  void publishAndPoll_withRoomForAll_isOneOrder() {
    Linearizability.check(OfMany.class);
  }
}
