package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntUnaryOperator;

/// What one access costs: pin a driver by its pointer, open it, and unpin it. Each thread takes the
/// drivers in an order of its own. Beside the strategies stands an array of as many AtomicLongs,
/// one raised and lowered for each access: what memory costs, whatever is done with it.
final class AccessCost {
  static final int[] THREADS = {1, 2, 4, 8, 64};
  static final int[] DRIVERS = {1, 100, 10_000};
  static final String COUNTERS = "counters";
  private static final int ROUNDS = 5;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final long roundNanos;

  /// @param roundMillis how long each measurement of each round takes
  AccessCost(int roundMillis) {
    roundNanos = roundMillis * 1_000_000L;
  }

  /// Measures all strategies round by round, so that each has its share of what the machine does.
  ///
  /// @return for each the median of the rounds, in ns of one core
  Map<String, Double> measure(int threads, int drivers) throws InterruptedException {
    Map<String, List<Double>> all = new TreeMap<>();
    for (int round = 0; round <= ROUNDS; round++) { // the first warms up
      for (var entry : Strategies.ALL.entrySet()) {
        try (Strategy strategy = entry.getValue().get()) {
          add(all, entry.getKey(), run(threads, drivers, access(strategy, drivers)), round);
        }
      }
      add(all, COUNTERS, run(threads, drivers, counters(drivers)), round);
    }
    Map<String, Double> medians = new TreeMap<>();
    all.forEach(
        (name, nanos) -> medians.put(name, nanos.stream().sorted().toList().get(ROUNDS / 2)));
    return medians;
  }

  private static void add(Map<String, List<Double>> all, String name, double nanos, int round) {
    if (round > 0) {
      all.computeIfAbsent(name, _ -> new ArrayList<>()).add(nanos);
    }
  }

  private static IntUnaryOperator access(Strategy strategy, int drivers) {
    var wrong = new LongAdder();
    var pointers = new Pointer[drivers];
    for (int i = 0; i < drivers; i++) {
      pointers[i] = strategy.load(new Memory("driver" + i, wrong));
    }
    return i -> {
      Pointer pointer = pointers[i];
      long ticket = strategy.open(pointer);
      if (ticket == Strategy.REFUSED) {
        return 1;
      }
      strategy.release(pointer, ticket);
      return 0;
    };
  }

  private static IntUnaryOperator counters(int count) {
    var wrong = new LongAdder();
    var counters = new AtomicLong[count];
    var drivers = new Memory[count];
    for (int i = 0; i < count; i++) {
      counters[i] = new AtomicLong();
      drivers[i] = new Memory("driver" + i, wrong);
    }
    return i -> {
      counters[i].incrementAndGet();
      drivers[i].open();
      counters[i].decrementAndGet();
      return 0;
    };
  }

  private double run(int threads, int drivers, IntUnaryOperator access)
      throws InterruptedException {
    var workers = new Workers<Long>();
    long begin = System.nanoTime();
    for (int t = 0; t < threads; t++) {
      int mine = t;
      workers.start(() -> work(begin + roundNanos, mine, drivers, access));
    }
    long accesses = workers.join().stream().mapToLong(it -> it).sum();
    return (double) (System.nanoTime() - begin) * Math.min(threads, CORES) / accesses;
  }

  private static long work(long end, int seed, int drivers, IntUnaryOperator access) {
    int random = 0x9E3779B9 * (seed + 1);
    long done = 0;
    long refused = 0;
    do {
      for (int i = 0; i < 64; i++) {
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        refused += access.applyAsInt((int) ((Integer.toUnsignedLong(random) * drivers) >>> 32));
      }
      done += 64;
    } while (System.nanoTime() - end < 0);
    if (refused > 0) {
      throw new IllegalStateException(refused + " accesses were refused");
    }
    return done;
  }
}
