package org.driverfs.fuse;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;

/// Objects with files of every kind that a driver may write, and a subsystem that counts.
final class Things implements Subsystem<Things.Thing> {
  /// Something to show.
  static final class Thing {
    volatile String value = "0";
    volatile String constant = "always";
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch leave = new CountDownLatch(1);
  }

  /// Opens that have not been closed.
  final AtomicInteger users = new AtomicInteger();

  /// Shows of `slow` that are inside now.
  final AtomicInteger inside = new AtomicInteger();

  final DirectoryType<Thing> type =
      new DirectoryType<>(
          this,
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
              FileEntry.<Thing>readOnly("slow", this::waitInside)));

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
