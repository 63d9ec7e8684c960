package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Random sequences of steps give the outcome of a simple [Reference]; spread over threads they
/// keep what must always hold.
@Timeout(900)
class ModelBasedStress {
  private static final int SEQUENCES = Integer.getInteger("sequences", 10_000);
  private static final int THREADS = 4;

  /// Only what may come of a race; anything else is a defect.
  private static final Set<Errno> EXPECTED =
      Set.of(
          Errno.EEXIST,
          Errno.ENODEV,
          Errno.ENOTEMPTY,
          Errno.EBUSY,
          Errno.EINVAL,
          Errno.EAGAIN,
          Errno.ENXIO,
          Errno.ELOOP,
          Errno.ENOENT);

  private static long seed() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("ModelBasedStress: run again with -Dsequences=1 -Dseed=" + seed);
    return seed;
  }

  @Test
  void sequences_oneAfterAnother_haveTheOutcomeOfTheReference() {
    long seed = seed();
    long steps = 0;
    for (int i = 0; i < SEQUENCES; i++) {
      var plan = new Plan(new Random(seed + i));
      try {
        play(plan);
      } catch (Throwable t) {
        throw new AssertionError("-Dsequences=1 -Dseed=" + (seed + i), t);
      }
      steps += plan.steps.size();
    }
    System.out.println(SEQUENCES + " sequences, " + steps + " steps as the reference's");
  }

  private static void play(Plan plan) {
    var reference = new Reference(plan);
    try (var played = new Played(plan)) {
      for (Plan.Step step : plan.steps) {
        Errno failed = played.apply(step);
        played.settle();
        Set<Errno> expected = reference.apply(step);
        assertThat(failed == null ? expected.isEmpty() : expected.contains(failed))
            .as("%s: %s instead of %s", step, failed, expected)
            .isTrue();
        for (int d = 0; d < Plan.DEVICES; d++) {
          assertThat(played.bound(d))
              .as("driver of %d after %s", d, step)
              .isEqualTo(name(reference.bound[d]));
          assertThat(played.waiting(d))
              .as("who waits for %d after %s", d, step)
              .isEqualTo(name(reference.waiting[d]));
        }
      }
    }
  }

  private static String name(int driver) {
    return driver == Reference.NONE ? "none" : "r" + driver;
  }

  @Test
  void sequences_overFourThreads_keepTheInvariants() throws Exception {
    long seed = seed();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < SEQUENCES; i++) {
        try {
          playTogether(new Plan(new Random(seed + i)), threads);
        } catch (Throwable t) {
          throw new AssertionError("-Dsequences=1 -Dseed=" + (seed + i), t);
        }
      }
    }
  }

  private static void playTogether(Plan plan, ExecutorService threads) throws Exception {
    try (var played = new Played(plan)) {
      List<Future<?>> outcomes = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        outcomes.add(
            threads.submit(() -> {
              for (int i = first; i < plan.steps.size(); i += THREADS) {
                Errno failed = played.apply(plan.steps.get(i));
                if (failed != null && !EXPECTED.contains(failed)) {
                  played.wrongs.add(plan.steps.get(i) + " failed with " + failed);
                }
              }
            }));
      }
      for (Future<?> outcome : outcomes) {
        outcome.get();
      }
    }
  }
}
