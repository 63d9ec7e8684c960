package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// How long it takes to call all of many drivers while others come and go.
final class Iteration {
  private static final int ROUNDS = 9;
  private static final int PASSES = 5;

  private Iteration() {}

  /// Measures all strategies round by round, as [AccessCost] does.
  ///
  /// @return for each the median of all passes, in ms
  static Map<String, Double> medianMillis(int drivers) throws InterruptedException {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (int round = 0; round <= ROUNDS; round++) { // the first warms up
      for (var entry : Strategies.ALL.entrySet()) {
        try (Strategy strategy = entry.getValue().get()) {
          List<Double> passes = passes(strategy, drivers);
          if (round > 0) {
            all.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>()).addAll(passes);
          }
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    all.forEach((name, millis) -> {
      millis.sort(null);
      medians.put(name, millis.get(millis.size() / 2));
    });
    return medians;
  }

  private static List<Double> passes(Strategy strategy, int drivers) throws InterruptedException {
    var wrong = new LongAdder();
    for (int i = 0; i < drivers; i++) {
      strategy.load(new Memory("driver" + i, wrong));
    }
    var churn = new Churn(strategy, wrong);
    var other = new Workers<Boolean>();
    other.start(churn::run);
    List<Double> millis = new ArrayList<>();
    for (int pass = 0; pass < PASSES; pass++) {
      long begin = System.nanoTime();
      strategy.forEach(Memory::call);
      millis.add((System.nanoTime() - begin) / 1e6);
    }
    churn.isOver = true;
    other.join();
    return millis;
  }

  private static final class Churn {
    private final Strategy strategy;
    private final LongAdder wrong;
    private volatile boolean isOver;

    Churn(Strategy strategy, LongAdder wrong) {
      this.strategy = strategy;
      this.wrong = wrong;
    }

    boolean run() {
      for (int i = 0; !isOver; i++) {
        strategy.unload(strategy.load(new Memory("other" + i % 64, wrong)));
      }
      return true;
    }
  }
}
