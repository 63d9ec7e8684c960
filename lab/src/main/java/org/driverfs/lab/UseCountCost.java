package org.driverfs.lab;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.lifetime.UseCount;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// What entering and leaving a use count costs, beside one counter for all and one lock for all.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class UseCountCost {
  private static final double MOST_NANOS = 15;

  /// How much slower a thread may be beside another and still count as not slower: the spread of
  /// repeated runs of the same on one machine.
  private static final double SPREAD = 1.1;

  private final UseCount useCount = new UseCount();
  private final AtomicLong counter = new AtomicLong();
  private final Object lock = new Object();
  private long locked;

  /// For the harness.
  public UseCountCost() {}

  /// The striped count.
  @Benchmark
  public int useCount() {
    int stripe = useCount.enter();
    useCount.leave(stripe);
    return stripe;
  }

  /// One number for all.
  @Benchmark
  public long atomicLong() {
    counter.incrementAndGet();
    return counter.decrementAndGet();
  }

  /// One lock for all.
  @Benchmark
  public long globalLock() {
    synchronized (lock) {
      locked++;
    }
    synchronized (lock) {
      return locked--;
    }
  }

  /// Runs all with one thread and with two, and compares.
  ///
  /// @param args not used
  public static void main(String[] args) throws Exception {
    List<Double> ours = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      var options =
          new OptionsBuilder().include(UseCountCost.class.getName()).threads(threads).build();
      Collection<RunResult> results = new Runner(options).run();
      ours.add(median(results, "useCount"));
      System.out.printf(
          "%d threads: use count %.1f ns, one AtomicLong %.1f ns, one lock %.1f ns%n%n",
          threads, ours.getLast(), median(results, "atomicLong"), median(results, "globalLock"));
    }
    boolean isFast = ours.getFirst() <= MOST_NANOS;
    boolean isAsFast = ours.getLast() <= SPREAD * ours.getFirst();
    System.out.printf(
        "one thread: %.1f ns (at most %.0f: %s); with two, per thread: %.2f times (not slower: %s)%n",
        ours.getFirst(),
        MOST_NANOS,
        isFast ? "met" : "NOT met",
        ours.getLast() / ours.getFirst(),
        isAsFast ? "met" : "NOT met");
    System.exit(isFast && isAsFast ? 0 : 1);
  }

  private static double median(Collection<RunResult> results, String name) {
    return results.stream()
        .filter(result -> result.getPrimaryResult().getLabel().equals(name))
        .mapToDouble(result -> result.getPrimaryResult().getStatistics().getPercentile(50))
        .findFirst()
        .orElseThrow();
  }
}
