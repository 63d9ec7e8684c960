package org.driverfs.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.tree.TreeTest.assertFails;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenFilesTest {
  private final Tree tree = new Tree();
  private final Ledger ledger = new Ledger();
  private final StringBuilder object = new StringBuilder("1");
  private final Directory<StringBuilder> directory =
      tree.root().createDirectory("thing", ledger.type, object);

  @AfterEach
  void nobodyIsCounted() {
    assertThat(ledger.users()).as("gets without puts").isZero();
    assertThat(tree.openFiles().size()).as("open files").isZero();
  }

  @Test
  void open_noSubsystem_fails() {
    var orphan =
        tree.root()
            .createDirectory("orphan", new DirectoryType<>(null, FileSet.of(ledger.value)), object);
    assertFails(Errno.EINVAL, () -> open(orphan, "value", OpenMode.READ));
  }

  @Test
  void open_aFile_knowsWhereItWasAndWhoHasIt() {
    OpenFile file = open(directory, "value", OpenMode.READ);
    assertThat(file.path()).isEqualTo("thing/value");
    assertThat(file.caller()).isSameAs(Caller.SELF);
    assertThat(file.age()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    assertFails(Errno.EINVAL, () -> file.read(-1, MemorySegment.ofArray(new byte[8]), 0, 8));
    tree.openFiles().close(file);
  }

  @Test
  void revokeAndCloseAll_takeThoseThatAreMeant() {
    var owner = new Ledger();
    var others = new Ledger();
    directory.createFile(FileEntry.<StringBuilder>readOnly("owned", _ -> "").ownedBy(owner));
    directory.createFile(FileEntry.<StringBuilder>readOnly("others", _ -> "").ownedBy(others));
    OpenFile mine = open(directory, "owned", OpenMode.READ);
    OpenFile theirs = open(directory, "others", OpenMode.READ);
    File<?> value = (File<?>) directory.require("value");
    OpenFile byAnother = tree.openFiles().open(value, OpenMode.READ, Caller.SELF, "door");
    assertThat(tree.openFiles().all()).containsExactlyInAnyOrder(mine, theirs, byAnother);
    assertThat(tree.openFiles().size()).isEqualTo(3);
    assertThat(tree.openFiles().require(theirs.handle())).isSameAs(theirs);
    tree.openFiles().revoke(owner::equals);
    assertFails(Errno.ENODEV, mine::readAll);
    assertThat(theirs.readAll()).isEmpty();
    assertThat(owner.users()).isZero();
    tree.openFiles().closeAll("door");
    assertThat(tree.openFiles().all()).containsExactlyInAnyOrder(mine, theirs);
    assertFails(Errno.EBADF, () -> tree.openFiles().require(byAnother.handle()));
    List.of(mine, theirs).forEach(tree.openFiles()::close);
    assertThat(others.users()).isZero();
  }

  @Test
  void closeAll_withAnExecutor_leavesEachFileToIt() {
    List<Runnable> left = new ArrayList<>();
    tree.openFiles().open(file("value"), OpenMode.READ, Caller.SELF, "door");
    tree.openFiles().open(file("value"), OpenMode.WRITE, Caller.SELF, "door");
    OpenFile byAnother = open(directory, "value", OpenMode.READ);
    tree.openFiles().closeAll("door", left::add);
    assertThat(left).hasSize(2);
    assertThat(ledger.users()).as("nothing is closed here").isEqualTo(3);
    left.forEach(Runnable::run);
    left.forEach(Runnable::run);
    assertThat(tree.openFiles().all()).containsExactly(byAnother);
    tree.openFiles().close(byAnother);
  }

  private File<?> file(String name) {
    return (File<?>) directory.require(name);
  }

  /// The owner was pinned before it was told to refuse, and the file is kept after those that are
  /// open were looked for: it must not stay open, or the owner waits for it for ever.
  @Test
  void open_ownerIsRevokedMeanwhile_isENODEVAndPinsNobody() {
    var owner = new Ledger();
    var opening = new AtomicInteger();
    directory.createFile(
        FileEntry.<StringBuilder>raw(
                "owned",
                0444,
                (_, _, _) -> {
                  opening.incrementAndGet();
                  owner.refuses = true;
                  tree.openFiles().revoke(owner::equals);
                  return new Nothing();
                })
            .ownedBy(owner));
    assertFails(Errno.ENODEV, () -> open(directory, "owned", OpenMode.READ));
    assertThat(opening).hasValue(1);
    assertThat(owner.users()).isZero();
  }

  @Test
  void open_anotherOwnerIsRevokedMeanwhile_succeeds() {
    directory.createFile(
        FileEntry.<StringBuilder>raw(
                "owned",
                0444,
                (_, _, _) -> {
                  tree.openFiles().revoke(_ -> false);
                  return new Nothing();
                })
            .ownedBy(new Ledger()));
    OpenFile open = open(directory, "owned", OpenMode.READ);
    assertThat(open.readAll()).isEmpty();
    tree.openFiles().close(open);
  }

  private static final class Nothing implements Content {
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
      return Poll.IN;
    }

    @Override
    public void close() {}
  }

  @Test
  void read_throwsWhatCannotBePrinted_isEIO() {
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
            "bad",
            _ -> {
              throw new IllegalStateException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                  throw this;
                }
              };
            }));
    OpenFile open = open(directory, "bad", OpenMode.READ);
    assertFails(Errno.EIO, open::readAll);
    tree.openFiles().close(open);
  }

  @Test
  void open_subsystemWithoutGet_succeeds() {
    var uncounted =
        tree.root()
            .createDirectory(
                "uncounted",
                new DirectoryType<>(new Subsystem<StringBuilder>() {}, FileSet.of(ledger.value)),
                object);
    tree.openFiles().close(open(uncounted, "value", OpenMode.READ));
    assertThat(ledger.gets).hasValue(0);
  }

  @Test
  void open_getRefusesOrThrows_fails() {
    ledger.refuses = true;
    assertFails(Errno.ENODEV, () -> open(directory, "value", OpenMode.READ));
    ledger.throwsIt = true;
    assertFails(Errno.EIO, () -> open(directory, "value", OpenMode.READ));
    assertThat(ledger.puts).hasValue(0);
  }

  @Test
  void open_ownerRefuses_givesTheObjectBack() {
    var owner = new Ledger();
    owner.refuses = true;
    directory.createFile(FileEntry.<StringBuilder>readOnly("owned", _ -> "").ownedBy(owner));
    assertFails(Errno.ENODEV, () -> open(directory, "owned", OpenMode.READ));
    assertThat(ledger.gets).hasValue(1);
    assertThat(ledger.puts).hasValue(1);
  }

  /// The owner goes between being pinned and the file being kept: it revokes all files but this
  /// one, for which it must not have to wait.
  @Test
  void open_ownerGoesMeanwhile_failsAndGivesAllBack() {
    var owner =
        new Ledger() {
          @Override
          public boolean get(StringBuilder object) {
            boolean pinned = super.get(object);
            refuses = true;
            directory.disappeared(value.ownedBy(this));
            return pinned;
          }
        };
    directory.createFile(FileEntry.<StringBuilder>readOnly("owned", _ -> "").ownedBy(owner));
    assertFails(Errno.ENODEV, () -> open(directory, "owned", OpenMode.READ));
    assertThat(owner.users()).isZero();
    assertThat(owner.gets).hasValue(1);
  }

  /// Another file of the directory is revoked meanwhile: that is not this owner's end.
  @Test
  void open_othersAreRevokedMeanwhile_goesOn() {
    var owner =
        new Ledger() {
          @Override
          public boolean get(StringBuilder object) {
            directory.disappeared(value.ownedBy(this));
            return super.get(object);
          }
        };
    directory.createFile(FileEntry.<StringBuilder>readOnly("owned", _ -> "").ownedBy(owner));
    tree.openFiles().close(open(directory, "owned", OpenMode.READ));
    assertThat(owner.users()).isZero();
    assertThat(owner.gets).hasValue(2);
  }

  @Test
  void close_twiceAndAfterRemoval_putsOnce() {
    OpenFile open = open(directory, "value", OpenMode.READ);
    tree.remove(directory);
    assertThat(ledger.puts).hasValue(1);
    tree.openFiles().close(open);
    tree.openFiles().close(open);
    assertThat(ledger.puts).hasValue(1);
    assertFails(Errno.EBADF, () -> tree.openFiles().require(open.handle()));
  }

  @Test
  void read_afterRemoval_isEnodev() {
    OpenFile open = open(directory, "value", OpenMode.READ_WRITE);
    tree.remove(directory);
    assertFails(Errno.ENODEV, open::readAll);
    assertFails(Errno.ENODEV, () -> open.write("2"));
    assertThat(open.poll(() -> {}) & Poll.ERR).isNotZero();
    tree.openFiles().close(open);
    assertFails(Errno.ENOENT, () -> tree.resolve("thing/value"));
  }

  @Test
  void removal_whileInside_putsWhenTheCallbackLeaves() throws Exception {
    var entered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
            "slow",
            _ -> {
              entered.countDown();
              leave.await();
              return "done";
            }));
    OpenFile open = open(directory, "slow", OpenMode.READ);
    try (var thread = Executors.newSingleThreadExecutor()) {
      Future<Integer> read =
          thread.submit(() -> open.read(0, MemorySegment.ofArray(new byte[8]), 0, 8));
      entered.await();
      tree.remove(directory);
      assertThat(ledger.puts).as("somebody is inside").hasValue(0);
      leave.countDown();
      assertThat(read.get()).isEqualTo(4);
      assertThat(ledger.puts).hasValue(1);
    }
    tree.openFiles().close(open);
  }

  @Test
  void open_modeThatTheFileCannotServe_isRefused() {
    directory.createFile(FileEntry.readOnly("in", _ -> ""));
    directory.createFile(FileEntry.<StringBuilder>text("out", 0200, null, (_, _) -> {}));
    assertFails(Errno.EACCES, () -> open(directory, "in", OpenMode.READ_WRITE));
    assertFails(Errno.EACCES, () -> open(directory, "out", OpenMode.READ));
    OpenFile open = open(directory, "value", OpenMode.READ);
    assertFails(Errno.EBADF, () -> open.write("2"));
    tree.openFiles().close(open);
    OpenFile written = open(directory, "value", OpenMode.WRITE);
    assertFails(Errno.EBADF, written::readAll);
    tree.openFiles().close(written);
  }

  @Test
  void show_thatFails_answersItsErrorOrEio() {
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
            "errno",
            _ -> {
              throw new DriverfsException(Errno.ENODATA, "errno", "has no data");
            }));
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
            "throws",
            _ -> {
              throw new StackOverflowError();
            }));
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
            "interrupted",
            _ -> {
              throw new InterruptedException();
            }));
    directory.createFile(FileEntry.<StringBuilder>readOnly("null", OpenFilesTest::nothing));
    directory.createFile(FileEntry.readOnly("big", _ -> "x".repeat(OpenFile.MAX_SHOW + 1)));
    directory.createFile(FileEntry.readOnly("most", _ -> "x".repeat(OpenFile.MAX_SHOW)));
    assertFails(Errno.ENODATA, () -> readAll("errno"));
    assertFails(Errno.EIO, () -> readAll("throws"));
    assertFails(Errno.EINTR, () -> readAll("interrupted"));
    assertFails(Errno.EIO, () -> readAll("null"));
    assertFails(Errno.EFBIG, () -> readAll("big"));
    assertThat(readAll("most")).hasSize(OpenFile.MAX_SHOW);
  }

  @SuppressWarnings("NullAway") // what a careless driver does
  private static String nothing(StringBuilder object) {
    return null;
  }

  @Test
  void read_anyOffsetAndLength_givesThatPartOfTheText() {
    String text = "größer als ☃\n";
    byte[] whole = text.getBytes(UTF_8);
    directory.createFile(FileEntry.<StringBuilder>readOnly("text", _ -> text));
    for (String file : List.of("text", "value")) {
      byte[] expected = file.equals("text") ? whole : "1\n".getBytes(UTF_8);
      OpenFile open = open(directory, file, OpenMode.READ);
      for (int offset = 0; offset <= expected.length + 1; offset++) {
        for (int length = 1; length <= expected.length + 1; length++) {
          byte[] into = new byte[length + 1];
          int count = open.read(offset, MemorySegment.ofArray(into), 1, length);
          int end = Math.min(expected.length, offset + length);
          assertThat(count).isEqualTo(Math.max(0, end - offset));
          assertThat(new String(into, 1, count, UTF_8))
              .isEqualTo(new String(expected, Math.min(offset, end), count, UTF_8));
        }
      }
      tree.openFiles().close(open);
    }
  }

  @Test
  void read_onFromAnOffset_seesTheTextOfTheLastShow() {
    OpenFile open = open(directory, "value", OpenMode.READ);
    byte[] into = new byte[8];
    object.replace(0, 1, "abcdef");
    open.read(0, MemorySegment.ofArray(into), 0, 3);
    object.replace(0, 6, "another");
    assertThat(open.read(3, MemorySegment.ofArray(into), 0, 8)).isEqualTo(4);
    assertThat(new String(into, 0, 4, UTF_8)).isEqualTo("def\n");
    assertThat(open.read(0, MemorySegment.ofArray(into), 0, 8)).isEqualTo(8);
    tree.openFiles().close(open);
  }

  @Test
  void write_tooLongNotTextOrNothing_storesNothing() {
    OpenFile open = open(directory, "value", OpenMode.WRITE);
    byte[] big = new byte[OpenFile.MAX_STORE + 1];
    assertFails(Errno.EFBIG, () -> open.write(0, MemorySegment.ofArray(big), 0, big.length));
    byte[] malformed = {(byte) 0xc3, 0x28};
    assertFails(Errno.EINVAL, () -> open.write(0, MemorySegment.ofArray(malformed), 0, 2));
    assertThat(open.write(0, MemorySegment.ofArray(big), 0, 0)).isZero();
    assertThat(object).hasToString("1");
    assertThat(open.write(9_999, MemorySegment.ofArray("17".getBytes(UTF_8)), 0, 2)).isEqualTo(2);
    assertThat(object).hasToString("17");
    tree.openFiles().close(open);
  }

  @Test
  void poll_changed_wakesOnceAndIsNewsUntilRead() {
    OpenFile open = open(directory, "value", OpenMode.READ);
    var wakes = new AtomicInteger();
    open.readAll();
    assertThat(open.poll(wakes::incrementAndGet)).isEqualTo(Poll.IN | Poll.OUT);
    ((File<?>) directory.require("value")).changed();
    assertThat(wakes).hasValue(1);
    assertThat(open.poll(wakes::incrementAndGet) & Poll.PRI).isNotZero();
    open.readAll();
    assertThat(open.poll(wakes::incrementAndGet) & Poll.PRI).isZero();
    tree.remove(directory);
    assertThat(wakes).as("a revoked file wakes its poller").hasValue(2);
    tree.openFiles().close(open);
  }

  /// Openers and readers against the removal of the directory: whatever the order, each get has one
  /// put, and nobody reads after removal but to hear ENODEV.
  @Test
  void openReadClose_againstRemoval_leavesNothingCounted() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      var victim =
          tree.root().createDirectory("victim" + round, ledger.type, new StringBuilder("7"));
      var barrier = new CyclicBarrier(3);
      List<Future<?>> all = new ArrayList<>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int reader = 0; reader < 2; reader++) {
          all.add(
              threads.submit(() -> {
                barrier.await();
                try {
                  OpenFile open = open(victim, "value", OpenMode.READ);
                  try {
                    assertThat(new String(open.readAll(), UTF_8)).isEqualTo("7\n");
                  } finally {
                    tree.openFiles().close(open);
                  }
                } catch (DriverfsException e) {
                  assertThat(e.errno()).isIn(Errno.ENOENT, Errno.ENODEV);
                }
                return null;
              }));
        }
        all.add(
            threads.submit(() -> {
              barrier.await();
              return tree.remove(victim);
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  private byte[] readAll(String name) {
    OpenFile open = open(directory, name, OpenMode.READ);
    try {
      return open.readAll();
    } finally {
      tree.openFiles().close(open);
    }
  }

  private OpenFile open(Directory<?> where, String name, OpenMode mode) {
    return tree.openFiles().open((File<?>) where.require(name), mode, Caller.SELF, this);
  }
}
