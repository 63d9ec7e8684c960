package org.driverfs.fuse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;

/// Objects with files of every kind that a driver may write, and a subsystem that counts.
final class Things implements Subsystem<Things.Thing> {
  /// Something to show.
  static final class Thing {
    volatile String value = "0";
    volatile String constant = "always";
    volatile FileSet<Thing> extras = FileSet.none();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch leave = new CountDownLatch(1);
  }

  /// Opens that have not been closed.
  final AtomicInteger users = new AtomicInteger();

  /// Shows of `slow` that are inside now.
  final AtomicInteger inside = new AtomicInteger();

  /// Whether the kernel may keep what it is told of entries.
  volatile boolean dynamic;

  private final FileSet<Thing> fixed =
      FileSet.of(
          FileEntry.<Thing>text(
              "value",
              0644,
              thing -> thing.value + "\n",
              (thing, text) -> {
                if (text.startsWith("bad")) {
                  throw new IllegalArgumentException("a bad value");
                }
                thing.value = text.strip();
              }),
          FileEntry.<Thing>readOnly("constant", thing -> thing.constant + "\n").constant(),
          FileEntry.<Thing>readOnly("long", _ -> "0123456789abcdef".repeat(1 << 16)),
          FileEntry.<Thing>readOnly("too-long", _ -> "0123456789abcdef".repeat(1 << 17)),
          FileEntry.<Thing>readOnly(
              "throws",
              _ -> {
                throw new IllegalStateException("a broken driver");
              }),
          FileEntry.<Thing>readOnly("unicode", _ -> "größer als süß: ☃\n"),
          FileEntry.<Thing>readOnly("slow", this::waitInside));

  final DirectoryType<Thing> type =
      new DirectoryType<>(
          this,
          new FileSet<>() {
            @Override
            public List<Entry<? super Thing>> list(Thing thing) {
              List<Entry<? super Thing>> all = new ArrayList<>(fixed.list(thing));
              all.addAll(thing.extras.list(thing));
              return all;
            }

            @Override
            public @Nullable Entry<? super Thing> find(Thing thing, String name) {
              Entry<? super Thing> entry = fixed.find(thing, name);
              return entry == null ? thing.extras.find(thing, name) : entry;
            }

            @Override
            public boolean isDynamic(Thing thing) {
              return dynamic;
            }
          });

  @Override
  public boolean get(Thing thing) {
    users.incrementAndGet();
    return true;
  }

  @Override
  public void put(Thing thing) {
    users.decrementAndGet();
  }

  private String waitInside(Thing thing) throws InterruptedException {
    inside.incrementAndGet();
    thing.entered.countDown();
    try {
      thing.leave.await();
      return "at last\n";
    } finally {
      inside.decrementAndGet();
    }
  }
}
