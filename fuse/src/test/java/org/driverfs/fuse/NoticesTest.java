package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(take()).isEqualTo(new Notices.Entry(root, "name", first, second, 0));

    created(first);
    removed(first);
    assertThat(take()).isEqualTo(new Notices.Entry(root, "name", first, null, 0));

    removed(first);
    created(second);
    removed(second);
    assertThat(take()).isEqualTo(new Notices.Entry(root, "name", first, null, 0));
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
    assertThat(take()).isInstanceOf(Notices.Entry.class);
    assertThat(take()).isEqualTo(settled);
    assertThat(take()).isEqualTo(new Notices.Poll(1));
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
