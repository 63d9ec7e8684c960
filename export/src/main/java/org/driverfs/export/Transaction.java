package org.driverfs.export;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenFiles;
import org.driverfs.tree.OpenMode;
import org.jspecify.annotations.Nullable;

/// Several stores to attributes of one object, of which all happen or none:
///
///     export.transaction(caller).store(mtu, "1400\n").store(up, "1\n").commit();
///
/// All old values are read first. Then the stores run in their order; when one fails, those before
/// it get their old values back, the last first. A store that may depend on a value makes this a
/// compare-and-set.
///
/// Transactions and snapshots of one object exclude each other. A write that is in no transaction
/// is not kept out, nor is what a driver or the kernel changes by itself.
///
/// For one thread, and one commit.
public final class Transaction {
  private static final int READABLE = 0444;
  private static final int QUOTED = 40;

  private final Turns turns;
  private final OpenFiles files;
  private final Caller caller;
  private final List<Step> steps = new ArrayList<>();

  Transaction(Turns turns, OpenFiles files, Caller caller) {
    this.turns = turns;
    this.files = files;
    this.caller = caller;
  }

  /// Adds a store.
  ///
  /// @param file must be readable too, because its old value may have to be restored
  /// @param text what is written, with its newline
  public Transaction store(File<?> file, String text) {
    steps.add(new Step(file, null, bytes(text)));
    return this;
  }

  /// Adds a store that is allowed only if the file has a value now; otherwise nothing is stored.
  ///
  /// @param expected the value as text; a newline at its end does not matter
  /// @param text what is written, with its newline
  public Transaction storeIf(File<?> file, String expected, String text) {
    steps.add(new Step(file, bytes(expected), bytes(text)));
    return this;
  }

  /// Does it.
  ///
  /// @throws DriverfsException EXDEV if the files are of different objects; EINVAL if one cannot be
  ///   read; ECANCELED if one has not the value that was expected; EBUSY if another transaction of
  ///   the object takes too long; EDEADLK from inside one of this thread; what opening, reading or
  ///   storing threw. Then all have their old values, but those that the sentence names
  public void commit() throws InterruptedException {
    if (steps.isEmpty()) {
      return;
    }
    Directory<?> directory = steps.getFirst().file.anchor();
    for (Step step : steps) {
      requireCanTakePart(step.file, directory);
    }
    try (Turns.Turn _ = turns.take(directory)) {
      steps.forEach(Step::open);
      steps.forEach(Step::compare);
      storeAll();
    } finally {
      steps.forEach(Step::close);
    }
  }

  private static void requireCanTakePart(File<?> file, Directory<?> directory) {
    if (file.anchor() != directory) {
      throw new DriverfsException(
          Errno.EXDEV, file.path(), "is of another object; a transaction is about one");
    }
    if ((file.entry().mode() & READABLE) == 0) {
      throw new DriverfsException(
          Errno.EINVAL,
          file.path(),
          "cannot be read, so that its old value could not be restored; set it alone");
    }
  }

  private void storeAll() {
    try {
      steps.forEach(Step::store);
    } catch (DriverfsException e) {
      throw undone(e);
    }
  }

  /// Restores what was stored, also when the thread has been interrupted meanwhile.
  private DriverfsException undone(DriverfsException failure) {
    boolean isInterrupted = Thread.interrupted();
    List<String> lost = new ArrayList<>();
    for (Step step : steps.reversed()) {
      step.restore(lost);
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    String outcome =
        lost.isEmpty()
            ? "; all others have their old values"
            : "; these could not be given their old values: " + String.join("; ", lost);
    return new DriverfsException(
        failure.errno(), failure.path(), failure.sentence() + outcome, failure);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// One store.
  private final class Step {
    private final File<?> file;
    private final byte @Nullable [] expected;
    private final byte[] wanted;
    private byte[] old = {};
    private @Nullable OpenFile open;
    private boolean isStored;

    Step(File<?> file, byte @Nullable [] expected, byte[] wanted) {
      this.file = file;
      this.expected = expected;
      this.wanted = wanted;
    }

    void open() {
      OpenFile opened = files.open(file, OpenMode.READ_WRITE, caller, Transaction.this);
      open = opened;
      old = opened.readAll();
    }

    void compare() {
      if (expected != null && !Arrays.equals(value(expected), value(old))) {
        String now = new String(value(old), StandardCharsets.UTF_8);
        throw new DriverfsException(
            Errno.ECANCELED,
            file.path(),
            "has the value '%s', so that nothing was stored"
                .formatted(now.length() > QUOTED ? now.substring(0, QUOTED) + "…" : now));
      }
    }

    void store() {
      write(wanted);
    }

    void restore(List<String> lost) {
      if (isStored) {
        try {
          write(old.length == 0 ? bytes("\n") : old); // a write of nothing stores nothing
        } catch (DriverfsException e) {
          lost.add(e.getMessage());
        }
      }
    }

    private void write(byte[] text) {
      if (open == null) {
        return;
      }
      int taken = open.write(0, MemorySegment.ofArray(text), 0, text.length);
      isStored = true;
      if (taken < text.length) {
        throw new DriverfsException(
            Errno.EIO, file.path(), "took only %d of %d bytes".formatted(taken, text.length));
      }
    }

    void close() {
      if (open != null) {
        files.close(open);
        open = null;
      }
    }
  }

  private static byte[] value(byte[] text) {
    int length = text.length;
    return length > 0 && text[length - 1] == '\n' ? Arrays.copyOf(text, length - 1) : text;
  }
}
