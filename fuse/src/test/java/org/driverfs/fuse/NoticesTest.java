package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.fuse.Notices.Notice;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class NoticesTest {
  private final Directory<Void> root = new Tree().root();
  private final Directory<Void> first = root.createDirectory("first");
  private final Directory<Void> second = root.createDirectory("second");
  private final Notices notices = new Notices();

  @Test
  void add_sameNameAgain_keepsTheDifference() throws Exception {
    removed(first);
    created(second);
    takeAndTell(new Notices.Entry(root, "name", first, second, 0));

    created(first);
    removed(first);
    takeAndTell(new Notices.Entry(root, "name", first, null, 0));

    removed(first);
    created(second);
    removed(second);
    takeAndTell(new Notices.Entry(root, "name", first, null, 0));
    assertThat(notices.size()).isZero();
  }

  @Test
  void add_withoutEnd_neverIsMoreThanThereAreNames() {
    for (int i = 0; i < 100_000; i++) {
      created(first);
      removed(first);
      notices.add(new Notices.Poll(7));
    }
    assertThat(notices.size()).isEqualTo(2);
  }

  @Test
  void take_afterSeveral_keepsTheirOrder() throws Exception {
    var settled = new Notices.Settled(new CountDownLatch(1));
    created(first);
    notices.add(settled);
    notices.add(new Notices.Poll(1));
    removed(first);
    told(take());
    assertThat(take()).isEqualTo(settled);
    assertThat(take()).isEqualTo(new Notices.Poll(1));
  }

  /// While the kernel keeps whoever tells of one directory waiting, others are told of.
  @Test
  void take_whileSomeAreInHand_givesWhatNothingIsInTheWayOf() throws Exception {
    Directory<Void> inside = first.createDirectory("inside");
    var settled = new Notices.Settled(new CountDownLatch(1));
    notices.add(entry(first, "x"));
    Notice held = take();
    notices.add(entry(first, "y"));
    notices.add(entry(inside, "z"));
    notices.add(new Notices.Entry(root, "first", first, null, 0));
    notices.add(settled);
    notices.add(entry(second, "x"));
    notices.add(entry(root, "x"));
    takeAndTell(entry(second, "x"));
    takeAndTell(entry(root, "x"));
    assertThat(notices.take(0)).isNull();
    told(held);
    takeAndTell(entry(first, "y"));
    Notice below = take();
    assertThat(below).isEqualTo(entry(inside, "z"));
    assertThat(notices.take(0)).as("what is removed above, and who waits").isNull();
    told(below);
    takeAndTell(new Notices.Entry(root, "first", first, null, 0));
    assertThat(take()).isEqualTo(settled);
  }

  @Test
  void take_somethingIsLost_comesFirstAndIsWaitedFor() throws Exception {
    var settled = new Notices.Settled(new CountDownLatch(1));
    notices.add(settled);
    notices.lose();
    Notice lost = take();
    assertThat(lost).isInstanceOf(Notices.Lost.class);
    notices.lose();
    assertThat(notices.take(0)).isNull();
    told(lost);
    told(take());
    assertThat(take()).isEqualTo(settled);
  }

  private static Notice entry(Directory<?> parent, String name) {
    return new Notices.Entry(parent, name, null, parent, 0);
  }

  private void takeAndTell(Notice expected) throws InterruptedException {
    Notice next = take();
    assertThat(next).isEqualTo(expected);
    told(next);
  }

  private void told(@Nullable Notice notice) {
    notices.told(Objects.requireNonNull(notice));
  }

  @Test
  void end_somebodyWaits_letsThemGo() throws Exception {
    var settled = new Notices.Settled(new CountDownLatch(1));
    notices.add(settled);
    notices.end();
    assertThat(settled.latch().await(0, TimeUnit.SECONDS)).isTrue();
    assertThat(notices.add(settled)).isFalse();
    assertThat(take()).isNull();
  }

  @Test
  void end_takerWaits_answersNull() throws Exception {
    var taken =
        CompletableFuture.supplyAsync(() -> {
          try {
            return take() == null;
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    notices.end();
    assertThat(taken.get()).isTrue();
  }

  private @Nullable Notice take() throws InterruptedException {
    return notices.take(Long.MAX_VALUE);
  }

  private void created(Directory<?> node) {
    notices.add(new Notices.Entry(root, "name", null, node, 0));
  }

  private void removed(Directory<?> node) {
    notices.add(new Notices.Entry(root, "name", node, null, 0));
  }
}
