package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Two versions of a driver, of which one has the objects, and how they take turns.
final class Versions implements FileSet<StringBuilder> {
  /// A text that takes two reads.
  static final int LENGTH = 5_000;

  /// One version: what it shows consists of its mark alone.
  final class Version implements Subsystem<StringBuilder> {
    final String mark;
    final AtomicInteger users = new AtomicInteger();

    /// Contents of `raw` that were opened and not closed.
    final AtomicInteger channels = new AtomicInteger();

    private final AtomicInteger calls = new AtomicInteger();

    /// Whether it has been told that nobody calls it any more.
    volatile boolean left;

    /// Made anew for each time that it has the objects.
    private volatile FileSet<StringBuilder> files = FileSet.none();

    Version(String mark) {
      this.mark = mark;
    }

    private void bring() {
      FileEntry<StringBuilder> text =
          FileEntry.<StringBuilder>text(
                  "text", 0644, _ -> called(mark.repeat(LENGTH)), (_, _) -> called(""))
              .ownedBy(this);
      FileEntry<StringBuilder> raw =
          FileEntry.<StringBuilder>raw("raw", 0644, (_, _, _) -> new Channel()).ownedBy(this);
      files = FileSet.of(text, raw, new Entry.Group<>("group", FileSet.of(text)));
      left = false;
    }

    /// What any callback does: now and then it lets others go first.
    @SuppressWarnings("ThreadPriorityCheck") // to be inside for longer; nothing relies on it
    private String called(String answer) {
      lookWhetherLeft();
      if (calls.incrementAndGet() % 8 == 0) {
        Thread.yield();
        lookWhetherLeft();
      }
      return answer;
    }

    private void lookWhetherLeft() {
      if (left) {
        lateCalls.incrementAndGet();
      }
    }

    /// One byte, the mark. Calls that come after it was closed are late too.
    private final class Channel implements Content {
      private volatile boolean closed;

      Channel() throws Exception {
        called("");
        opening.run();
        channels.incrementAndGet();
      }

      @Override
      public int read(long offset, MemorySegment into, long at, int length) {
        if (offset > 0) {
          return 0;
        }
        into.setString(at, open());
        return 1;
      }

      @Override
      public int write(long offset, MemorySegment from, long at, int length) {
        open();
        return length;
      }

      @Override
      public int poll(Runnable waker) {
        open();
        return Poll.IN;
      }

      @Override
      public void close() {
        open();
        closed = true;
        channels.decrementAndGet();
      }

      private String open() {
        if (closed) {
          lateCalls.incrementAndGet();
        }
        return called(mark);
      }
    }

    @Override
    public boolean get(StringBuilder object) {
      return begin(this);
    }

    @Override
    public void put(StringBuilder object) {
      synchronized (Versions.this) {
        users.decrementAndGet();
        Versions.this.notifyAll();
      }
    }
  }

  final Version a = new Version("a");
  final Version b = new Version("b");

  /// Calls of a version after it was told that there are none.
  final AtomicInteger lateCalls = new AtomicInteger();

  /// What opening `raw` does besides.
  volatile Contained.Action opening = () -> {};

  private volatile Version now = a;
  private boolean changing;

  Versions() {
    a.bring();
  }

  @Override
  public List<? extends Entry<? super StringBuilder>> list(StringBuilder object) {
    return now.files.list(object);
  }

  @Override
  public @Nullable Entry<? super StringBuilder> find(StringBuilder object, String name) {
    return now.files.find(object, name);
  }

  /// Begins a change: who wants to use a version waits for the end of it.
  synchronized void suspend() {
    changing = true;
  }

  /// Ends it, with the version that has the objects from now on.
  synchronized void goOn(Version next) {
    next.bring();
    now = next;
    changing = false;
    notifyAll();
  }

  private synchronized boolean begin(Version version) {
    try {
      while (changing) {
        wait();
      }
    } catch (InterruptedException _) {
      return false;
    }
    if (version != now) {
      return false;
    }
    version.users.incrementAndGet();
    return true;
  }

  /// Hands all open files of a directory over to the other version.
  void change(Directory<?> directory) throws InterruptedException {
    Version old = now;
    suspend();
    Handover handover = directory.beginHandover(owner -> owner == old);
    assertThat(handover.await(Duration.ofSeconds(10))).isTrue();
    handover.detach();
    synchronized (this) {
      while (old.users.get() > 0) {
        wait(); // those who were opening or closing when it began
      }
    }
    old.left = true;
    goOn(old == a ? b : a);
    handover.resume(directory);
  }
}
