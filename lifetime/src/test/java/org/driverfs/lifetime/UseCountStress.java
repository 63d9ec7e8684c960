package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The bad interleavings of [UseCount], looked for: a user inside something that a closer believes
/// to be unused.
@Timeout(120)
class UseCountStress {
  private static final int ROUNDS = 100_000;

  /// A module that was unloaded: whoever is inside then was failed by the count.
  private static final class Module {
    final UseCount count = new UseCount();
    volatile boolean unloaded;
  }

  @Test
  void enterAgainstTryClose_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(false);
  }

  /// Nested entries go to the stripe of the outer one, so that a sum in progress sees one of them.
  @Test
  void nestedEntriesAgainstTryClose_nobodyIsInsideWhatWasUnloaded() throws Exception {
    run(true);
  }

  private static void run(boolean nested) throws Exception {
    var modules = new Module[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      modules[i] = i % 1000 == 0 ? new Module() : modules[i - 1];
    }
    var barrier = new CyclicBarrier(3);
    try (var threads = Executors.newFixedThreadPool(3)) {
      var closer = threads.submit(() -> close(modules, barrier));
      var first = threads.submit(() -> use(modules, barrier, nested));
      var second = threads.submit(() -> use(modules, barrier, nested));
      assertThat(first.get() + second.get()).as("users inside an unloaded module").isZero();
      closer.get();
    }
    assertThat(modules[ROUNDS - 1].count.users()).isZero();
  }

  private static int close(Module[] modules, CyclicBarrier barrier) throws Exception {
    Module last = null;
    for (Module module : modules) {
      if (module != last) {
        barrier.await();
        last = module;
      }
      if (module.count.tryClose()) {
        module.unloaded = true;
      }
    }
    return 0;
  }

  private static int use(Module[] modules, CyclicBarrier barrier, boolean nested) throws Exception {
    int failed = 0;
    Module last = null;
    for (Module module : modules) {
      if (module != last) {
        barrier.await();
        last = module;
      }
      int stripe = module.count.enter();
      if (stripe == UseCount.REFUSED) {
        continue;
      }
      if (nested) {
        module.count.enterUnder(stripe);
        module.count.leave(stripe);
      }
      if (module.unloaded) {
        failed++;
      }
      module.count.leave(stripe);
    }
    return failed;
  }
}
