package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The bad interleavings of [UseCount], looked for: a user inside something that a closer believes
/// to be unused.
///
/// Each round has a module of its own, so that each can catch one. The threads meet before a block
/// of rounds and then run through it side by side; a closer tries a module a few times, so that its
/// tries spread over what the users do.
@Timeout(120)
class UseCountStress {
  private static final int BLOCKS = 400;
  private static final int ROUNDS = 250;
  private static final int TRIES = 3;
  private static final int USERS = 3;
  private static final int ATTEMPTS = 500_000;

  /// What goes on in a round.
  private interface Round {
    /// @return how often something happened that must not
    int run(Module module) throws Exception;
  }

  /// A module that was unloaded: whoever is inside then was failed by the count.
  private static final class Module {
    final UseCount count = new UseCount();
    volatile boolean unloaded;
  }

  @Test
  void enter_againstTryClose_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(UseCountStress::tryClose, UseCountStress::use);
  }

  /// Nested entries go to the stripe of the outer one, so that a sum in progress sees one of them.
  @Test
  void enterUnder_againstTryClose_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(UseCountStress::tryClose, UseCountStress::useNested);
  }

  @Test
  void enter_againstCloseAndReopen_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(UseCountStress::close, UseCountStress::use);
  }

  @Test
  void enterUnder_againstCloseAndReopen_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(UseCountStress::close, UseCountStress::useNested);
  }

  /// One is inside all the time, others come, go and are refused, on all stripes: an undo on
  /// another stripe than its increment would take the one inside out of the sum.
  @Test
  void enter_whileOneStaysInside_noCloserSucceeds() throws Exception {
    var count = new UseCount();
    int holder = count.enter();
    closeAgainst(
        count,
        i -> {
          int stripe = count.enterAt(i);
          if (stripe != UseCount.REFUSED) {
            count.leave(stripe);
          }
        });
    count.leave(holder);
    assertThat(count.users()).isZero();
  }

  /// One is inside all the time, under one entry after the other.
  @Test
  void enterUnder_handOverHand_noCloserSucceeds() throws Exception {
    var count = new UseCount();
    int first = count.enter();
    var held = new AtomicInteger(first);
    closeAgainst(
        count,
        _ -> {
          int outer = held.get();
          int nested = outer;
          count.enterUnder(nested);
          count.leave(outer);
          held.set(nested);
        });
    count.leave(held.get());
    assertThat(count.users()).isZero();
  }

  private static void closeAgainst(UseCount count, IntConsumer user) throws Exception {
    var stop = new AtomicBoolean();
    var ready = new CountDownLatch(1);
    Thread users =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; !stop.get(); i++) {
                user.accept(i);
                ready.countDown();
              }
            });
    int bad = 0;
    try {
      ready.await();
      for (int i = 0; i < ATTEMPTS && bad == 0; i++) {
        bad += count.tryClose() || count.close(Duration.ZERO) ? 1 : 0;
        count.reopen();
      }
    } finally {
      stop.set(true);
      users.join();
    }
    assertThat(bad).as("closed while somebody was inside").isZero();
  }

  private static void run(Round closer, Round user) throws Exception {
    List<Future<Integer>> outcomes = new ArrayList<>();
    var phaser = new Phaser(USERS + 1);
    var blocks = new Module[BLOCKS][ROUNDS];
    try (var threads = Executors.newFixedThreadPool(USERS + 1)) {
      for (int t = 0; t <= USERS; t++) {
        Round round = t == 0 ? closer : user;
        outcomes.add(threads.submit(() -> run(blocks, phaser, round)));
      }
    }
    int bad = 0;
    for (Future<Integer> outcome : outcomes) {
      bad += outcome.get();
    }
    assertThat(bad).as("users inside an unloaded module").isZero();
  }

  private static int run(Module[][] blocks, Phaser phaser, Round round) throws Exception {
    int bad = 0;
    try {
      for (int b = 0; b < BLOCKS; b++) {
        Module[] block = blocks[b];
        prepare(block);
        phaser.arriveAndAwaitAdvance();
        for (Module module : block) {
          bad += round.run(module);
        }
        phaser.arriveAndAwaitAdvance();
        bad += (int) leftIn(block);
        if (b > 0) {
          Arrays.fill(blocks[b - 1], null); // everybody has left it
        }
      }
    } finally {
      phaser.arriveAndDeregister();
    }
    return bad;
  }

  private static void prepare(Module[] block) {
    synchronized (block) {
      for (int i = 0; i < ROUNDS && block[ROUNDS - 1] == null; i++) {
        block[i] = new Module();
      }
    }
  }

  private static long leftIn(Module[] block) {
    long left = 0;
    for (Module module : block) {
      left += Math.abs(module.count.users());
    }
    return left;
  }

  private static int tryClose(Module module) {
    for (int i = 0; i < TRIES; i++) {
      if (module.count.tryClose()) {
        module.unloaded = true;
        module.count.closed();
        return 0;
      }
    }
    return 0;
  }

  private static int close(Module module) throws InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      if (module.count.close(Duration.ZERO)) {
        module.unloaded = true;
        module.count.closed();
        return 0;
      }
      if (!module.count.reopen()) {
        return 1;
      }
    }
    return 0;
  }

  private static int use(Module module) {
    int bad = 0;
    for (int i = 0; i < TRIES; i++) {
      int stripe = module.count.enter();
      if (stripe != UseCount.REFUSED) {
        bad += module.unloaded ? 1 : 0;
        module.count.leave(stripe);
      }
    }
    return bad;
  }

  /// The outer entry may end first: what was open is closed while a call on it goes on.
  private static int useNested(Module module) {
    int bad = 0;
    for (int i = 0; i < TRIES; i++) {
      int outer = module.count.enter();
      if (outer != UseCount.REFUSED) {
        int nested = outer;
        module.count.enterUnder(nested);
        module.count.leave(outer);
        bad += module.unloaded ? 1 : 0;
        module.count.leave(nested);
      }
    }
    return bad;
  }
}
