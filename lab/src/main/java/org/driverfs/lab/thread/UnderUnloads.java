package org.driverfs.lab.thread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// What happens while drivers are loaded and unloaded again and again: how long an unload takes
/// when callers are busy in the driver, how long somebody else's access stands still meanwhile, and
/// how many calls reach code that is not there any more.
final class UnderUnloads {
  private static final int CALLERS = 2;
  private static final int SLOTS = 4;
  private static final long OPEN_NANOS = 20_000;
  private static final long SLOW_NANOS = 100_000;
  private static final int ROUNDS = 11;

  /// The accesses of somebody who has nothing to do with what is unloaded.
  ///
  /// @param longest how long one took at most, in ns
  /// @param slow how many took more than [#SLOW_NANOS]
  record Others(long longest, long slow) {}

  /// What was seen in all rounds.
  ///
  /// @param unloads how long each took, in ns, sorted
  /// @param others of each round
  /// @param quiet the same in as much time while nothing was unloaded: what the machine does
  /// @param intoFreed how many calls ran code that was freed
  record Seen(List<Long> unloads, List<Others> others, List<Others> quiet, long intoFreed) {
    long unload(double quantile) {
      return unloads.get((int) (quantile * (unloads.size() - 1)));
    }
  }

  /// In the median of the rounds: one alone is what a scheduler makes of it.
  static long median(List<Others> rounds, ToLongFunction<Others> of) {
    return rounds.stream().mapToLong(of).sorted().toArray()[rounds.size() / 2];
  }

  private record Round(List<Long> unloads, Others others, long intoFreed) {}

  private final Strategy strategy;
  private final LongAdder intoFreed = new LongAdder();
  private final AtomicReferenceArray<Pointer> slots = new AtomicReferenceArray<>(SLOTS);
  private final CountDownLatch ready = new CountDownLatch(CALLERS + 1);
  private volatile boolean isOver;

  private UnderUnloads(Strategy strategy) {
    this.strategy = strategy;
  }

  /// Runs rounds, each with unloads and then as long without.
  ///
  /// @param millis how long a round takes
  static Seen run(Supplier<Strategy> maker, int millis) throws InterruptedException {
    List<Round> busy = new ArrayList<>();
    List<Others> quiet = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      busy.add(round(maker, true, millis));
      quiet.add(round(maker, false, millis).others);
    }
    return new Seen(
        busy.stream().flatMap(round -> round.unloads.stream()).sorted().toList(),
        busy.stream().map(Round::others).toList(),
        quiet,
        busy.stream().mapToLong(Round::intoFreed).sum());
  }

  private static Round round(Supplier<Strategy> maker, boolean unloads, long millis)
      throws InterruptedException {
    System.gc(); // so that none comes in between
    try (Strategy strategy = maker.get()) {
      return new UnderUnloads(strategy).run(unloads, millis);
    }
  }

  private Round run(boolean unloads, long millis) throws InterruptedException {
    for (int i = 0; i < SLOTS; i++) {
      slots.set(i, strategy.load(driver(i)));
    }
    Pointer other = strategy.load(new Memory("other", intoFreed));
    var callers = new Workers<Boolean>();
    for (int i = 0; i < CALLERS; i++) {
      int mine = i;
      callers.start(() -> callOnAndOn(mine));
    }
    var watcher = new Workers<Others>();
    watcher.start(() -> watch(other));
    ready.await();
    List<Long> nanos = reload(unloads, System.nanoTime() + millis * 1_000_000);
    isOver = true;
    callers.join();
    return new Round(nanos, watcher.join().getFirst(), intoFreed.sum());
  }

  private Memory driver(int slot) {
    return new Memory("driver" + slot, intoFreed, OPEN_NANOS);
  }

  private List<Long> reload(boolean unloads, long end) throws InterruptedException {
    List<Long> nanos = new ArrayList<>();
    while (System.nanoTime() < end) {
      if (unloads) {
        int slot = nanos.size() % SLOTS;
        long begin = System.nanoTime();
        strategy.unload(slots.get(slot));
        nanos.add(System.nanoTime() - begin);
        slots.set(slot, strategy.load(driver(slot)));
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return nanos;
  }

  /// A caller keeps a pointer for some calls: it may be to a driver that has gone.
  private boolean callOnAndOn(int seed) {
    ready.countDown();
    for (int i = seed; !isOver; i++) {
      Pointer pointer = slots.get(i % SLOTS);
      for (int call = 0; call < 8 && !isOver; call++) {
        long ticket = strategy.open(pointer);
        if (ticket != Strategy.REFUSED) {
          strategy.release(pointer, ticket);
        }
      }
    }
    return true;
  }

  /// Another driver, that nobody unloads, and whose open takes no time.
  private Others watch(Pointer other) {
    ready.countDown();
    long longest = 0;
    long slow = 0;
    while (!isOver) {
      long begin = System.nanoTime();
      long ticket = strategy.open(other);
      if (ticket == Strategy.REFUSED) {
        throw new IllegalStateException("a driver that is loaded was refused");
      }
      strategy.release(other, ticket);
      long took = System.nanoTime() - begin;
      longest = Math.max(longest, took);
      slow += took > SLOW_NANOS ? 1 : 0;
      Thread.onSpinWait();
    }
    return new Others(longest, slow);
  }
}
