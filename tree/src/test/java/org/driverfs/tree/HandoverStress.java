package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.driverfs.lifetime.Caller;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The bad interleavings of [Handover], looked for: files are handed back and forth between two
/// versions of a driver while clients read, write, open and close them.
///
/// No call fails, each text is wholly of one version, no version is called after it was told that
/// it has been left, and in the end nobody is counted.
@Timeout(120)
class HandoverStress {
  private static final int HANDOVERS = 3_000;

  /// What each client does during one of them.
  private static final int STEPS = 10;

  private interface Step {
    void run() throws Exception;
  }

  private final Tree tree = new Tree();
  private final Ledger ledger = new Ledger();
  private final Versions versions = new Versions();
  private final Directory<StringBuilder> directory =
      tree.root()
          .createDirectory("thing", new DirectoryType<>(ledger, versions), new StringBuilder());

  /// Found at the beginning, as by somebody who does not look again.
  private final File<?> stale = (File<?>) tree.resolve("thing/group/text");

  private final List<Step> clients =
      List.of(
          reading(open("text")),
          reading(open("group/text")),
          readingOne(open("raw")),
          writing(open("text")),
          this::openReadAndClose,
          this::openStaleAndClose);

  /// Where all meet before each handover.
  private final CyclicBarrier barrier = new CyclicBarrier(clients.size() + 1);

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /// How many handovers there are; known before all meet for the last time.
  private volatile int rounds = Integer.MAX_VALUE;

  @Test
  void handover_backAndForth_nobodyNotices() throws Exception {
    try (var threads = Executors.newCachedThreadPool()) {
      List<Future<?>> running = new ArrayList<>();
      clients.forEach(client -> running.add(threads.submit(() -> run(client))));
      int round = 0;
      for (; round < HANDOVERS && failures.isEmpty(); round++) {
        barrier.await();
        handOver();
      }
      rounds = round;
      barrier.await();
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertThat(failures).isEmpty();
    tree.openFiles().closeAll(this);
    assertThat(versions.lateCalls).as("calls of a version that was left").hasValue(0);
    assertThat(versions.a.users).hasValue(0);
    assertThat(versions.b.users).hasValue(0);
    assertThat(versions.a.channels).hasValue(0);
    assertThat(versions.b.channels).hasValue(0);
    assertThat(ledger.users()).isZero();
    assertThat(tree.openFiles().size()).isZero();
  }

  private void handOver() {
    try {
      versions.change(directory);
    } catch (Throwable t) {
      failures.add(t);
    }
  }

  private @Nullable Void run(Step client) throws Exception {
    for (int round = 0; ; round++) {
      barrier.await();
      if (round == rounds) {
        return null;
      }
      try {
        for (int i = 0; i < STEPS; i++) {
          client.run();
        }
      } catch (Throwable t) {
        failures.add(t);
      }
    }
  }

  private static Step reading(OpenFile open) {
    return () -> assertOfOneVersion(open);
  }

  private static Step readingOne(OpenFile open) {
    return () -> assertThat(open.readAll(1)).hasSize(1);
  }

  private static Step writing(OpenFile open) {
    return () -> open.write("x");
  }

  private void openReadAndClose() {
    OpenFile open = open("text");
    assertOfOneVersion(open);
    tree.openFiles().close(open);
  }

  private void openStaleAndClose() {
    tree.openFiles().close(tree.openFiles().open(stale, OpenMode.READ, Caller.SELF, this));
  }

  private OpenFile open(String path) {
    return tree.openFiles()
        .open((File<?>) tree.resolve("thing/" + path), OpenMode.READ_WRITE, Caller.SELF, this);
  }

  private static void assertOfOneVersion(OpenFile open) {
    String text = new String(open.readAll(), StandardCharsets.UTF_8);
    assertThat(text).hasSize(Versions.LENGTH);
    assertThat(text.chars().distinct().count()).as("versions in one text").isOne();
  }
}
