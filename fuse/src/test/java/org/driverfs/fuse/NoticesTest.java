package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Tree;
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
    assertThat(notices.take()).isEqualTo(new Notices.Entry(root, "name", first, second));

    created(first);
    removed(first);
    assertThat(notices.take()).isEqualTo(new Notices.Entry(root, "name", first, null));

    removed(first);
    created(second);
    removed(second);
    assertThat(notices.take()).isEqualTo(new Notices.Entry(root, "name", first, null));
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
    assertThat(notices.take()).isInstanceOf(Notices.Entry.class);
    assertThat(notices.take()).isEqualTo(settled);
    assertThat(notices.take()).isEqualTo(new Notices.Poll(1));
  }

  @Test
  void end_somebodyWaits_letsThemGo() throws Exception {
    var settled = new Notices.Settled(new CountDownLatch(1));
    notices.add(settled);
    notices.end();
    assertThat(settled.latch().await(0, TimeUnit.SECONDS)).isTrue();
    assertThat(notices.add(settled)).isFalse();
    assertThat(notices.take()).isNull();
  }

  @Test
  void end_takerWaits_answersNull() throws Exception {
    var taken =
        CompletableFuture.supplyAsync(() -> {
          try {
            return notices.take() == null;
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    notices.end();
    assertThat(taken.get()).isTrue();
  }

  private void created(Directory<?> node) {
    notices.add(new Notices.Entry(root, "name", null, node));
  }

  private void removed(Directory<?> node) {
    notices.add(new Notices.Entry(root, "name", node, null));
  }
}
