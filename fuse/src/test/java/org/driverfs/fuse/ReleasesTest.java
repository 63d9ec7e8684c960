package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReleasesTest {
  private static final int MOST = 64;

  private final Releases releases = new Releases("test-release");
  private final CountDownLatch leave = new CountDownLatch(1);
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  @AfterEach
  void allThreadsEnd() {
    leave.countDown();
    releases.end();
    await().atMost(Mounted.PATIENCE).until(() -> threads() == 0);
  }

  @Test
  void execute_runsInAPlatformThreadOfItsOwn() throws Exception {
    var thread = new AtomicReference<>(Thread.currentThread());
    releases.execute(() -> thread.set(Thread.currentThread()));
    assertThat(releases.await(Mounted.PATIENCE)).isTrue();
    assertThat(thread.get()).isNotSameAs(Thread.currentThread());
    assertThat(thread.get().isVirtual()).isFalse();
    assertThat(thread.get().isDaemon()).isTrue();
  }

  @Test
  void execute_moreHangThanThereMayBeThreads_theRestWaits() throws Exception {
    for (int i = 0; i < MOST; i++) {
      releases.execute(this::hang);
    }
    await().atMost(Mounted.PATIENCE).until(() -> inside.get() == MOST);
    releases.execute(done::incrementAndGet);
    assertThat(releases.await(Duration.ofMillis(50))).isFalse();
    assertThat(done).hasValue(0);
    assertThat(threads()).as("with the keeper").isEqualTo(MOST + 1);
    leave.countDown();
    assertThat(releases.await(Mounted.PATIENCE)).isTrue();
    assertThat(done).hasValue(1);
  }

  @Test
  void execute_oneHangsAndOneThrows_othersRun() throws Exception {
    releases.execute(this::hang);
    await().atMost(Mounted.PATIENCE).until(() -> inside.get() == 1);
    for (int i = 0; i < 100; i++) {
      releases.execute(() -> {
        Thread.currentThread().interrupt();
        throw new StackOverflowError();
      });
      releases.execute(done::incrementAndGet);
    }
    await().atMost(Mounted.PATIENCE).until(() -> done.get() == 100);
    assertThat(releases.isAlive()).isTrue();
    assertThat(releases.failures()).isZero();
  }

  @Test
  void execute_oneAfterAnother_takesOneThread() throws Exception {
    for (int i = 0; i < 100; i++) {
      releases.execute(done::incrementAndGet);
      assertThat(releases.await(Mounted.PATIENCE)).isTrue();
    }
    assertThat(done).hasValue(100);
    assertThat(threads()).as("with the keeper").isEqualTo(2);
  }

  @Test
  void end_thereIsMore_runsIt() throws Exception {
    releases.execute(this::hang);
    releases.execute(done::incrementAndGet);
    releases.end();
    leave.countDown();
    await().atMost(Mounted.PATIENCE).until(() -> done.get() == 1);
    await().atMost(Mounted.PATIENCE).until(() -> threads() == 0);
    releases.execute(done::incrementAndGet);
    assertThat(done).as("in the caller's own thread").hasValue(2);
  }

  private void hang() {
    inside.incrementAndGet();
    try {
      leave.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("test-release"))
        .count();
  }
}
