package org.driverfs.lab.peers;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;

/// Loads, uses and unloads a plug-in again and again, while callers call it.
final class Scenario {
  private static final Duration LONG = Duration.ofSeconds(60);

  /// How long an unloading may wait for a call that will not return.
  private static final Duration SHORT = Duration.ofMillis(200);

  /// How often the collector looks for class loaders without finding one less.
  private static final int LOOKS = 10;

  private static final long PAUSE = 20_000_000; // ns

  private final Host host;
  private final Fault fault;
  private final Ground ground;
  private final Callers callers;
  private final Set<String> words = new LinkedHashSet<>();
  private int named;
  private int expired;

  private Scenario(Host host, Fault fault) {
    this.host = host;
    this.fault = fault;
    this.ground = new Ground(fault);
    this.callers = new Callers(host);
  }

  /// Runs it, and takes away what the plug-ins have left.
  ///
  /// @param fault that each plug-in commits
  /// @param warmUp how many cycles to run before those that count
  static Result run(Host host, Fault fault, int warmUp, int cycles) throws Exception {
    var scenario = new Scenario(host, fault);
    try {
      scenario.warmUp(warmUp);
      return scenario.measure(warmUp, cycles);
    } finally {
      scenario.end();
    }
  }

  private void end() throws JMException, InterruptedException {
    try {
      ground.close(); // which lets callers go that are held
    } finally {
      callers.end();
    }
  }

  private void warmUp(int cycles) throws Exception {
    for (int i = 0; i < cycles; i++) {
      cycle();
    }
    callers.reset();
    named = 0;
    expired = 0;
  }

  private Result measure(int first, int cycles) throws Exception {
    long[] drains = new long[cycles];
    long[] quiet = new long[cycles];
    long start = System.nanoTime();
    for (int i = 0; i < cycles; i++) {
      long collecting = collectingMillis();
      drains[i] = cycle();
      quiet[i] = Math.max(0, drains[i] - 1_000_000 * (collectingMillis() - collecting));
    }
    double cyclesPerSecond = cycles / ((System.nanoTime() - start) / 1e9);
    int left = reachable(ground.loadings());
    boolean isNamedLater = isNaming(host.held());
    List<Loading> loadings = ground.loadings().subList(first, first + cycles);
    long[] outs = new long[cycles];
    Arrays.setAll(outs, i -> drains[i] + loadings.get(i).lastOut());
    return new Result(
        cycles,
        callers.counts(loadings.stream().mapToLong(Loading::late).sum()),
        new Result.Times(Spread.of(drains), Spread.of(quiet), Spread.of(outs), cyclesPerSecond),
        new Result.Remains(left, expired, named == cycles || isNamedLater, List.copyOf(words)));
  }

  /// @return how long unloading took, in nanoseconds
  private long cycle() throws Exception {
    Loading loading = ground.begin();
    host.load();
    boolean isStuck = fault == Fault.STUCK_CALL;
    if (!loading.awaitUsed(LONG) || (isStuck && !loading.awaitHeld(LONG))) {
      throw new IllegalStateException("what is loaded is not called: " + callers.failure());
    }
    long start = System.nanoTime();
    Host.Outcome outcome = host.unload(isStuck ? SHORT : LONG);
    long took = System.nanoTime() - start;
    if (outcome.isOver()) {
      loading.close();
    }
    named += isNaming(outcome.words()) ? 1 : 0;
    if (isStuck) {
      loading.release();
    }
    if (!outcome.isOver()) {
      expired++;
      finish(loading);
    }
    return took;
  }

  private void finish(Loading loading) throws Exception {
    Host.Outcome outcome = host.unload(LONG);
    if (!outcome.isOver()) {
      throw new IllegalStateException("the plug-in does not go: " + outcome.words());
    }
    loading.close();
  }

  private boolean isNaming(List<String> said) {
    List<String> naming =
        said.stream()
            .filter(text -> fault != Fault.NONE && text.contains(fault.culprit()))
            .toList();
    words.addAll(naming);
    return !naming.isEmpty();
  }

  /// Lets the collector look until nothing changes any more.
  private static int reachable(List<Loading> loadings) {
    int left = loadings.size();
    for (int looks = 0; left > 0 && looks < LOOKS; looks++) {
      System.gc();
      int now = (int) loadings.stream().filter(Loading::isReachable).count();
      looks = now < left ? 0 : looks;
      left = now;
      LockSupport.parkNanos(PAUSE); // for those who let go when a reference is enqueued
    }
    return left;
  }

  private static long collectingMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }
}
