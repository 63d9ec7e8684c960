package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// What happens while drivers are loaded and unloaded again and again: how long an unload takes
/// when callers are busy in the driver, how long somebody else's access stands still meanwhile, and
/// how many calls reach code that is not there any more.
final class UnderUnloads {
  private static final int CALLERS = 2;
  private static final int SLOTS = 4;
  private static final long CALL_NANOS = 20_000;

  private static final int ROUNDS = 11;

  /// What was seen in all rounds.
  ///
  /// @param unloads how long each took, in ns, sorted
  /// @param gaps the longest access of an unrelated caller in each round, in ns, sorted
  /// @param quietGaps the same in as much time while nothing was unloaded
  /// @param intoFreed how many calls ran code that was freed
  record Seen(List<Long> unloads, List<Long> gaps, List<Long> quietGaps, long intoFreed) {
    long unload(double quantile) {
      return unloads.get((int) (quantile * (unloads.size() - 1)));
    }

    /// In the median of the rounds: one alone is what a scheduler makes of it.
    long longestGap() {
      return gaps.get(ROUNDS / 2);
    }

    /// What the machine does by itself.
    long noiseFloor() {
      return quietGaps.get(ROUNDS / 2);
    }
  }

  private record Round(List<Long> unloads, long millis, long longestGap, long intoFreed) {}

  private final Strategy strategy;
  private final LongAdder intoFreed = new LongAdder();
  private final AtomicReferenceArray<Pointer> slots = new AtomicReferenceArray<>(SLOTS);
  private final CountDownLatch ready = new CountDownLatch(CALLERS + 1);
  private volatile boolean isOver;
  private volatile long longestGap;

  private UnderUnloads(Strategy strategy) {
    this.strategy = strategy;
  }

  /// Runs rounds, each with unloads and then as long without.
  ///
  /// @param unloads how many in a round
  /// @param millis how long a round may take
  static Seen run(Supplier<Strategy> maker, int unloads, int millis) throws InterruptedException {
    List<Round> busy = new ArrayList<>();
    List<Round> quiet = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      busy.add(round(maker, unloads, millis));
      quiet.add(round(maker, 0, busy.getLast().millis));
    }
    return new Seen(
        busy.stream().flatMap(round -> round.unloads.stream()).sorted().toList(),
        busy.stream().map(Round::longestGap).sorted().toList(),
        quiet.stream().map(Round::longestGap).sorted().toList(),
        busy.stream().mapToLong(Round::intoFreed).sum());
  }

  private static Round round(Supplier<Strategy> maker, int unloads, long millis)
      throws InterruptedException {
    System.gc(); // so that none comes in between
    try (Strategy strategy = maker.get()) {
      return new UnderUnloads(strategy).run(unloads, millis);
    }
  }

  private Round run(int unloads, long millis) throws InterruptedException {
    for (int i = 0; i < SLOTS; i++) {
      slots.set(i, strategy.load(new Memory("driver" + i, intoFreed)));
    }
    Pointer other = strategy.load(new Memory("other", intoFreed));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      int mine = i;
      threads.add(Thread.ofPlatform().start(() -> callOnAndOn(mine)));
    }
    threads.add(Thread.ofPlatform().start(() -> watch(other)));
    ready.await();
    long begin = System.nanoTime();
    List<Long> nanos = reload(unloads, begin + millis * 1_000_000);
    long took = System.nanoTime() - begin;
    isOver = true;
    for (Thread thread : threads) {
      thread.join();
    }
    return new Round(nanos, took / 1_000_000, longestGap, intoFreed.sum());
  }

  private List<Long> reload(int unloads, long end) throws InterruptedException {
    List<Long> nanos = new ArrayList<>();
    while (System.nanoTime() < end && (unloads == 0 || nanos.size() < unloads)) {
      if (unloads > 0) {
        int slot = nanos.size() % SLOTS;
        long begin = System.nanoTime();
        strategy.unload(slots.get(slot));
        nanos.add(System.nanoTime() - begin);
        slots.set(slot, strategy.load(new Memory("driver" + slot, intoFreed)));
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return nanos;
  }

  /// A caller keeps a pointer for some calls: it may be to a driver that has gone.
  private void callOnAndOn(int seed) {
    ready.countDown();
    for (int i = seed; !isOver; i++) {
      Pointer pointer = slots.get(i % SLOTS);
      for (int call = 0; call < 8 && !isOver; call++) {
        long ticket = strategy.acquire(pointer);
        if (ticket != Strategy.REFUSED) {
          busy(pointer.driver());
          strategy.release(pointer, ticket);
        }
      }
    }
  }

  private static void busy(Memory driver) {
    long end = System.nanoTime() + CALL_NANOS;
    while (System.nanoTime() < end) {
      driver.call();
    }
  }

  /// Another driver, that nobody unloads: how long does one access take at most?
  private void watch(Pointer other) {
    ready.countDown();
    long longest = 0;
    while (!isOver) {
      long begin = System.nanoTime();
      long ticket = strategy.acquire(other);
      other.driver().call();
      strategy.release(other, ticket);
      longest = Math.max(longest, System.nanoTime() - begin);
      Thread.onSpinWait();
    }
    longestGap = longest;
  }
}
