package org.driverfs.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.driverfs.model.Device;
import org.driverfs.model.Event;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Events;
import org.driverfs.model.Model;

/// How many events a second pass through a model, to subscribers that take them at once, and how
/// much one more that is asleep costs. The kinds of runs take turns.
public final class EventsThroughput {
  private static final int EVENTS = 1_000_000;
  private static final int PUBLISHERS = 2;
  private static final int WARM_UP = 2;
  private static final double MOST_SLOWER = 0.1;
  private static final String LAST = "last";

  /// A kind of run: how many subscribers take events, and how many sleep.
  private record Kind(int awake, int asleep) {
    @Override
    public String toString() {
      return awake + " awake" + (asleep == 0 ? "" : " + " + asleep + " asleep");
    }
  }

  private static final List<Kind> KINDS = List.of(new Kind(8, 0), new Kind(7, 0), new Kind(7, 1));

  private final Model model = new Model();
  private final Device device = Device.builder("bench").build();

  private EventsThroughput() {}

  /// @param args how many rounds; without it, 61: one takes half a second, and they differ much
  public static void main(String[] args) throws InterruptedException {
    int rounds = args.length == 0 ? 61 : Integer.parseInt(args[0]);
    double[][] published = new double[KINDS.size()][rounds];
    double[][] heard = new double[KINDS.size()][rounds];
    for (int round = -WARM_UP; round < rounds; round++) {
      for (int turn = 0; turn < KINDS.size(); turn++) {
        int kind = Math.floorMod(turn + round, KINDS.size()); // each is the first as often
        double[] rates = new EventsThroughput().run(KINDS.get(kind));
        if (round >= 0) {
          published[kind][round] = rates[0];
          heard[kind][round] = rates[1];
        }
      }
    }
    System.out.printf("%-20s %12s %12s  (1000 events/s, medians)%n", "", "published", "heard");
    for (int kind = 0; kind < KINDS.size(); kind++) {
      System.out.printf(
          "%-20s %12.0f %12.0f%n", KINDS.get(kind), median(published[kind]), median(heard[kind]));
    }
    tell("published", published);
    tell("heard", heard);
  }

  /// @return thousands of events a second, until all are published and until all are heard
  private double[] run(Kind kind) throws InterruptedException {
    model.register(device);
    List<Events.Subscription> open = new ArrayList<>();
    List<Thread> listeners = new ArrayList<>();
    for (int i = 0; i < kind.awake() + kind.asleep(); i++) {
      Events.Subscription events = model.events().subscribe();
      open.add(events);
      if (i < kind.awake()) {
        listeners.add(Thread.ofPlatform().start(() -> listen(events)));
      }
    }
    long begin = System.nanoTime();
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < PUBLISHERS; i++) {
      publishers.add(Thread.ofPlatform().start(this::publish));
    }
    double published = rateSince(begin, publishers);
    model.publish(device, Action.CHANGE, Map.of(LAST, ""));
    double heard = rateSince(begin, listeners);
    open.forEach(Events.Subscription::close);
    return new double[] {published, heard};
  }

  private static double rateSince(long begin, List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    return EVENTS * 1e6 / (System.nanoTime() - begin);
  }

  private void publish() {
    for (int i = 0; i < EVENTS / PUBLISHERS; i++) {
      model.publish(device, Action.CHANGE, Map.of());
    }
  }

  private static void listen(Events.Subscription events) {
    try {
      Event event;
      do {
        event = Objects.requireNonNull(events.poll(Duration.ofMinutes(1)), "an event is missing");
      } while (!event.properties().containsKey(LAST));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tell(String what, double[][] rates) {
    double[] ratios = new double[rates[0].length];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = rates[2][round] / rates[1][round];
    }
    double ratio = median(ratios);
    System.out.printf(
        "%s, with the sleeper against without, median of the rounds: %.2f (at least %.2f: %s)%n",
        what, ratio, 1 - MOST_SLOWER, ratio >= 1 - MOST_SLOWER ? "met" : "NOT met");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
