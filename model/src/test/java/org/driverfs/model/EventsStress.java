package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Event.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Many events through many subscribers, of which one is asleep.
@Timeout(120)
class EventsStress {
  private static final int EVENTS = 1_000_000;
  private static final int PUBLISHERS = 4;
  private static final int AWAKE = 7;
  private static final long PATIENCE = Duration.ofSeconds(10).toNanos();
  private static final String LAST = "last";

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Device device = world.registered(world.bus("scsi"), "a");

  /// What a subscriber has heard, and by how much the numbers of what it heard jumped.
  private record Heard(long taken, long lost) {}

  /// Takes events until the last one. Each gap is told with the event behind it, and exactly.
  private static Heard listen(Events.Subscription events, long first) throws InterruptedException {
    long taken = 0;
    long lost = 0;
    Event event;
    do {
      event = Objects.requireNonNull(events.poll(Duration.ofMinutes(1)), "an event is missing");
      taken++;
      lost += events.takeLost();
      assertThat(event.sequence()).isEqualTo(first + taken + lost - 1);
    } while (!event.properties().containsKey(LAST));
    assertThat(events.poll(Duration.ZERO)).isNull();
    return new Heard(taken, lost);
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      model.publish(device, Action.CHANGE, Map.of());
    }
  }

  /// The publishers end although the sleeper takes nothing before that: nobody waits for it.
  @Test
  void publish_oneOfEightAsleep_allKnowExactlyWhatTheyLost() throws Exception {
    long first = model.events().sequence() + 1;
    try (ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
        var sleeper = model.events().subscribe()) {
      List<Future<Heard>> awake = new ArrayList<>();
      for (int i = 0; i < AWAKE; i++) {
        var events = model.events().subscribe();
        awake.add(
            threads.submit(() -> {
              try (events) {
                return listen(events, first);
              }
            }));
      }
      List<Future<?>> publishers = new ArrayList<>();
      for (int i = 0; i < PUBLISHERS; i++) {
        publishers.add(threads.submit(() -> publish(EVENTS / PUBLISHERS)));
      }
      for (Future<?> publisher : publishers) {
        publisher.get();
      }
      model.publish(device, Action.CHANGE, Map.of(LAST, ""));

      for (Future<Heard> listener : awake) {
        Heard heard = listener.get();
        assertThat(heard.taken() + heard.lost()).isEqualTo(EVENTS + 1);
      }
      assertThat(listen(sleeper, first))
          .isEqualTo(new Heard(Events.KEPT, EVENTS + 1 - Events.KEPT));
    }
  }

  /// Each event comes at another moment of the listener's falling asleep, and the next not before
  /// that one was taken: a wake-up that is missed is never made good.
  @Test
  void poll_emptyAgainAndAgain_missesNoWakeUp() throws Exception {
    int rounds = 20_000;
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var listeners = new Random(seed + 1);
    var taken = new AtomicInteger();
    try (ExecutorService threads = Executors.newSingleThreadExecutor();
        var events = model.events().subscribe()) {
      Future<?> listener =
          threads.submit(() -> {
            while (taken.get() < rounds) {
              Objects.requireNonNull(events.poll(Duration.ofHours(1)), "closed");
              taken.incrementAndGet();
              spin(listeners.nextInt(20_000));
            }
            return true;
          });
      for (int i = 0; i < rounds; i++) {
        long published = System.nanoTime();
        while (taken.get() < i) {
          if (System.nanoTime() - published > PATIENCE) {
            throw new AssertionError("the listener was not woken by event " + i);
          }
          Thread.onSpinWait();
        }
        spin(random.nextInt(20_000));
        model.publish(device, Action.CHANGE, Map.of());
      }
      listener.get();
    }
  }

  private static void spin(long nanos) {
    long until = System.nanoTime() + nanos;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }
}
