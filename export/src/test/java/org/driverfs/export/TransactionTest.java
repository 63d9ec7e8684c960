package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.driverfs.export.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class TransactionTest {
  @RegisterExtension final World world = new World();
  private final Panel panel = new Panel(world, "panel");
  private final File<?> a = panel.file("a");
  private final File<?> b = panel.file("b");
  private final File<?> c = panel.file("more/c");

  private Transaction transaction() {
    return world.export.transaction(Caller.SELF);
  }

  @Test
  void commit_severalStores_happenInTheirOrder() throws Exception {
    transaction().store(b, "1\n").store(a, "2\n").store(c, "3").commit();
    assertThat(panel.stores).containsExactly("b=1", "a=2", "c=3");
    transaction().commit();
  }

  @Test
  void commit_oneFails_restoresThoseBeforeItTheLastFirst() throws Exception {
    transaction().store(a, "1").store(b, "2").commit();
    panel.stores.clear();
    var thrown =
        assertErrno(
            Errno.ERANGE,
            () -> transaction().store(a, "7").store(b, "8").store(c, "-1").store(a, "9").commit());
    assertThat(thrown.path()).isEqualTo("root/panel/more/c");
    assertThat(thrown.sentence())
        .isEqualTo(
            "takes a whole number from 0 to 1000000, not '-1'; all others have their old values");
    assertThat(panel.stores).containsExactly("a=7", "b=8", "b=2", "a=1");
  }

  @Test
  void commit_oldValueIsRefused_namesWhatCouldNotBeRestored() {
    var once = panel.file("once");
    var thrown =
        assertErrno(
            Errno.EINVAL,
            () -> transaction().store(a, "7").store(once, "8").store(b, "x").commit());
    assertThat(thrown.path()).isEqualTo("root/panel/b");
    assertThat(thrown.sentence())
        .contains("; these could not be given their old values: root/panel/once: ")
        .contains("once and no more");
    assertThat(panel.stores).containsExactly("a=7", "a=0");
  }

  @Test
  void commit_whatCannotTakePart_isRefusedBeforeAnythingIsStored() {
    var out = panel.file("out");
    var thrown =
        assertErrno(Errno.EINVAL, () -> transaction().store(a, "1").store(out, "1").commit());
    assertThat(thrown.sentence()).contains("old value could not be restored; set it alone");
    File<?> others = new Panel(world, "other").file("a");
    assertErrno(Errno.EXDEV, () -> transaction().store(a, "1").store(others, "1").commit());
    File<?> readOnly = panel.file("name");
    assertErrno(Errno.EACCES, () -> transaction().store(a, "1").store(readOnly, "1").commit());
    assertThat(panel.stores).isEmpty();
  }

  @Test
  void storeIf_valueIsAnother_namesItAndStoresNothing() throws Exception {
    transaction().storeIf(a, "0", "5\n").commit();
    transaction().storeIf(a, "5\n", "6\n").commit();
    panel.stores.clear();
    var thrown =
        assertErrno(
            Errno.ECANCELED, () -> transaction().store(b, "1").storeIf(a, "5", "7").commit());
    assertThat(thrown).hasMessageStartingWith("root/panel/a: has the value '6'");
    assertThat(panel.stores).isEmpty();
  }

  /// Each counts up by compare-and-set. Without turns, two would store the same number.
  @Test
  void storeIf_fromManyThreads_losesNothing() throws Exception {
    int threads = 4;
    int times = 300;
    Callable<Integer> counting =
        () -> {
          int done = 0;
          while (done < times) {
            int now = panel.number(a);
            try {
              transaction().storeIf(a, "" + now, now + 1 + "\n").commit();
              done++;
            } catch (DriverfsException e) {
              assertThat(e.errno()).isEqualTo(Errno.ECANCELED);
            }
          }
          return done;
        };
    try (var executor = Executors.newFixedThreadPool(threads)) {
      List<Callable<Integer>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        all.add(counting);
      }
      for (Future<Integer> done : executor.invokeAll(all)) {
        done.get();
      }
    }
    assertThat(panel.number(a)).isEqualTo(threads * times);
  }

  @Test
  void commit_insideAStoreOfTheSameTransaction_isADeadlockAtOnce() throws Exception {
    List<Errno> inside = new ArrayList<>();
    panel.inStore =
        () -> {
          panel.inStore = () -> {};
          inside.add(
              assertErrno(Errno.EDEADLK, () -> transaction().store(b, "1").commit()).errno());
        };
    transaction().store(a, "1").commit();
    assertThat(inside).containsExactly(Errno.EDEADLK);
    assertThat(panel.number(b)).isZero();
  }

  @Test
  void commit_interruptedInAStore_restoresAndIsEintr() throws Exception {
    panel.leave.countDown();
    panel.inStore =
        () -> {
          panel.inStore = () -> {};
          Thread.currentThread().interrupt(); // as the client goes
        };
    var commit =
        new FutureTask<>(() ->
            assertErrno(
                Errno.EINTR,
                () -> transaction().store(a, "1").store(panel.file("slow"), "2").commit()));
    Thread.ofPlatform().start(commit);
    assertThat(commit.get().path()).isEqualTo("root/panel/slow");
    assertThat(panel.stores).containsExactly("a=1", "a=0");
  }

  @Test
  void commit_objectGoesMeanwhile_saysThatOldValuesAreLost() {
    panel.inStore = () -> world.model.unregister(panel.device);
    var thrown =
        assertErrno(Errno.ENODEV, () -> transaction().store(a, "1").store(b, "2").commit());
    assertThat(thrown.sentence()).contains("could not be given their old values: root/panel/a");
  }

  @Test
  void take_keptByAnother_endsAfterItsTimeAndNamesThatThread() throws Exception {
    var turns = new Turns(Duration.ofMillis(20));
    Directory<?> object = a.anchor();
    try (Turns.Turn _ = turns.take(object)) {
      turns.take(world.tree.root()).close();
      var other = new FutureTask<>(() -> assertErrno(Errno.EBUSY, () -> turns.take(object)));
      Thread.ofPlatform().start(other);
      assertThat(other.get().sentence()).contains(Thread.currentThread().getName());
    }
    turns.take(object).close();
  }

  @Test
  void take_interrupted_endsAtOnce() throws Exception {
    var turns = new Turns();
    Directory<?> object = a.anchor();
    try (Turns.Turn _ = turns.take(object)) {
      var other =
          new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> turns.take(object)).isInstanceOf(InterruptedException.class);
            return true;
          });
      Thread.ofPlatform().start(other);
      assertThat(other.get()).isTrue();
    }
  }
}
