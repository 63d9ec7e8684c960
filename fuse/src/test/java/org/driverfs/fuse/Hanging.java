package org.driverfs.fuse;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.fuse.Things.Thing;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Content;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.OpenMode;
import org.jspecify.annotations.Nullable;

/// Entries that hang in one place, whatever interrupts them, until all are let go.
final class Hanging implements FileSet<Thing> {
  /// Where a driver may hang.
  enum Place {
    READLINK,
    OPEN,
    CLOSE,
    SHOW_OF_CONSTANT,
    IS_DYNAMIC,
    LIST,
    FIND
  }

  /// What is in the group `group`.
  static final FileEntry<Thing> LATE = FileEntry.readOnly("late", _ -> "late\n");

  private final Place place;
  private final CountDownLatch leave = new CountDownLatch(1);

  /// Whether nothing hangs yet.
  volatile boolean calm;

  /// How many are inside.
  final AtomicInteger inside = new AtomicInteger();

  /// How many of them were in threads that must not run such code.
  final AtomicInteger misplaced = new AtomicInteger();

  private final FileSet<Thing> entries =
      FileSet.of(
          new Entry.LinkTo<>("link", _ -> hang(Place.READLINK)),
          new Entry.Group<>("group", FileSet.of(LATE)),
          FileEntry.raw("open", 0444, this::open),
          FileEntry.raw("close", 0444, this::open),
          FileEntry.<Thing>readOnly("constant", _ -> hang(Place.SHOW_OF_CONSTANT)).constant());

  Hanging(Place place) {
    this.place = place;
  }

  /// Lets all go, for good.
  void leave() {
    leave.countDown();
  }

  private String hang(Place here) {
    if (here != place || calm) {
      return here == Place.SHOW_OF_CONSTANT ? "constant\n" : ""; // or the kernel would read nothing
    }
    if (Thread.currentThread().isVirtual()) {
      misplaced.incrementAndGet();
    }
    inside.incrementAndGet();
    boolean waits = true;
    while (waits) {
      try {
        leave.await();
        waits = false;
      } catch (InterruptedException _) {
        // and it goes on
      }
    }
    inside.decrementAndGet();
    return "at last";
  }

  private Content open(Thing thing, OpenMode mode, Caller caller) {
    hang(Place.OPEN);
    return content();
  }

  /// An open file.
  Content content() {
    return new Content() {
      @Override
      public int read(long offset, MemorySegment into, long at, int length) {
        return 0;
      }

      @Override
      public int write(long offset, MemorySegment from, long at, int length) {
        return length;
      }

      @Override
      public int poll(Runnable waker) {
        return 0;
      }

      @Override
      public void close() {
        hang(Place.CLOSE);
      }
    };
  }

  @Override
  public List<? extends Entry<? super Thing>> list(Thing thing) {
    hang(Place.LIST);
    return entries.list(thing);
  }

  @Override
  public @Nullable Entry<? super Thing> find(Thing thing, String name) {
    hang(Place.FIND);
    return entries.find(thing, name);
  }

  @Override
  public boolean isDynamic(Thing thing) {
    hang(Place.IS_DYNAMIC);
    return place == Place.LIST || place == Place.FIND;
  }
}
