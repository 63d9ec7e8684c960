package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HandlesTest {
  private final Handles<Long> handles = new Handles<>();

  @Test
  void add_first_isOne() {
    assertThat(handles.add(7L)).isEqualTo(1);
    assertThat(handles.find(1)).isEqualTo(7L);
    assertThat(handles.find(0)).isNull();
    assertThat(handles.find(-1)).isNull();
    assertThat(handles.find(99_999)).isNull();
  }

  @Test
  void add_afterRemoval_neverGivesAHandleTwice() {
    Set<Long> given = new HashSet<>();
    for (long i = 0; i < 10_000; i++) {
      long handle = handles.add(i);
      assertThat(given.add(handle)).isTrue();
      if (i % 3 != 0) {
        assertThat(handles.remove(handle)).isEqualTo(i);
        assertThat(handles.find(handle)).isNull();
        assertThat(handles.remove(handle)).isNull();
      }
    }
    assertThat(handles.size()).isEqualTo(3334);
    assertThat(handles.all()).hasSize(3334);
  }

  /// A handle that was ended finds null, and never what was put into its slot after it.
  @Test
  void find_whileSlotsAreUsedAgain_neverFindsAnother() throws Exception {
    var last = new long[1];
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<?> writer =
          threads.submit(() -> {
            for (long i = 1; i <= 300_000; i++) {
              long handle = handles.add(i);
              synchronized (last) {
                last[0] = handle;
              }
              handles.remove(handle);
            }
          });
      Future<Long> wrong =
          threads.submit(() -> {
            long errors = 0;
            while (!writer.isDone()) {
              long handle;
              synchronized (last) {
                handle = last[0];
              }
              Long found = handles.find(handle);
              if (found != null && found != (handle >>> 32) + 1) {
                errors++;
              }
            }
            return errors;
          });
      assertThat(wrong.get()).isZero();
    }
  }

  /// Many take and end handles at once, two each, so that free slots come and go behind the one
  /// that another is about to take: nobody is given a slot that is in use.
  @Test
  void addAndRemove_fromManyThreads_keepToTheirOwn() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        running.add(
            threads.submit(() -> {
              for (long round = 1; round <= 300_000; round++) {
                long item = round << 8 | Thread.currentThread().threadId();
                long first = handles.add(item);
                long second = handles.add(-item);
                assertThat(handles.remove(first)).isEqualTo(item);
                assertThat(handles.remove(second)).isEqualTo(-item);
              }
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertThat(handles.size()).isZero();
    assertThat(handles.all()).isEmpty();
  }

  /// Two who end the same handle: one of them has ended it.
  @Test
  void remove_twiceAtOnce_answersOne() throws Exception {
    int rounds = 100_000;
    var current = new AtomicLong();
    var ended = new AtomicLong();
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<?> other =
          threads.submit(() -> {
            for (long handle = 0; handle >= 0; handle = current.get()) {
              ended.addAndGet(handles.remove(handle) == null ? 0 : 1);
            }
          });
      for (long round = 0; round < rounds; round++) {
        current.set(handles.add(round));
        ended.addAndGet(handles.remove(current.get()) == null ? 0 : 1);
      }
      current.set(-1);
      other.get();
    }
    assertThat(ended).hasValue(rounds);
    assertThat(handles.size()).isZero();
  }
}
