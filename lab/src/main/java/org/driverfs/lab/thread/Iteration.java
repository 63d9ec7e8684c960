package org.driverfs.lab.thread;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// How long it takes to call all of many drivers while others come and go.
final class Iteration {
  private static final int ROUNDS = 7;

  private Iteration() {}

  /// @return the median of some rounds, in ms
  static double medianMillis(Supplier<Strategy> maker, int drivers) throws InterruptedException {
    try (Strategy strategy = maker.get()) {
      var wrong = new LongAdder();
      for (int i = 0; i < drivers; i++) {
        strategy.load(new Memory("driver" + i, wrong));
      }
      var churn = new Churn(strategy, wrong);
      Thread other = Thread.ofPlatform().start(churn);
      double[] millis = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long begin = System.nanoTime();
        strategy.forEach(Memory::call);
        millis[round] = (System.nanoTime() - begin) / 1e6;
      }
      churn.isOver = true;
      other.join();
      Arrays.sort(millis);
      return millis[ROUNDS / 2];
    }
  }

  private static final class Churn implements Runnable {
    private final Strategy strategy;
    private final LongAdder wrong;
    private volatile boolean isOver;

    Churn(Strategy strategy, LongAdder wrong) {
      this.strategy = strategy;
      this.wrong = wrong;
    }

    @Override
    public void run() {
      for (int i = 0; !isOver; i++) {
        strategy.unload(strategy.load(new Memory("other" + i % 64, wrong)));
      }
    }
  }
}
