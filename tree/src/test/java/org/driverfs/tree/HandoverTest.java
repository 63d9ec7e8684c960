package org.driverfs.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.driverfs.tree.TreeTest.assertFails;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandoverTest {
  private final Tree tree = new Tree();
  private final Ledger ledger = new Ledger();
  private final Versions versions = new Versions();
  private final DirectoryType<StringBuilder> type = new DirectoryType<>(ledger, versions);
  private final Directory<StringBuilder> directory =
      tree.root().createDirectory("thing", type, new StringBuilder());

  @AfterEach
  void nobodyIsCounted() {
    assertThat(ledger.users()).as("users of the object").isZero();
    assertThat(versions.a.users).as("users of a").hasValue(0);
    assertThat(versions.b.users).as("users of b").hasValue(0);
    assertThat(versions.a.channels).as("contents of a").hasValue(0);
    assertThat(versions.b.channels).as("contents of b").hasValue(0);
    assertThat(versions.lateCalls).as("calls after detach").hasValue(0);
    assertThat(tree.openFiles().size()).as("open files").isZero();
  }

  @Test
  void resume_openFiles_goOnWithTheNewOwner() throws Exception {
    OpenFile text = open("text");
    OpenFile raw = open("raw");
    OpenFile below = open("group/text");
    assertThat(firstOf(text) + firstOf(raw) + firstOf(below)).isEqualTo("aaa");
    versions.change(directory);
    assertThat(firstOf(text) + firstOf(raw) + firstOf(below)).isEqualTo("bbb");
    assertThat(versions.b.users).hasValue(3);
    assertThat(ledger.gets).as("the object stays pinned").hasValue(3);
    close(text, raw, below);
  }

  @Test
  void read_inTheMiddleOfAText_goesOnInThatText() throws Exception {
    OpenFile open = open("text");
    assertThat(firstOf(open)).isEqualTo("a");
    versions.change(directory);
    assertThat(at(1, open)).isEqualTo("a");
    versions.change(directory);
    versions.change(directory);
    assertThat(at(Versions.LENGTH - 1, open)).isEqualTo("a");
    assertThat(at(Versions.LENGTH, open)).isEmpty();
    assertThat(firstOf(open)).isEqualTo("b");
    assertThat(at(1, open)).isEqualTo("b");
    close(open);
  }

  @Test
  void read_whileSuspendedAndDetached_waitsForTheNewOwner() throws Exception {
    OpenFile open = open("text");
    versions.suspend();
    Handover handover = begin();
    FutureTask<String> first = waiting(() -> firstOf(open));
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    FutureTask<String> second = waiting(() -> firstOf(open));
    assertThat(versions.a.users).hasValue(0);
    assertThat(open.owner()).isNull();
    versions.goOn(versions.b);
    handover.resume(directory);
    assertThat(first.get() + second.get()).isEqualTo("bb");
    assertThat(open.owner()).isSameAs(versions.b);
    close(open);
  }

  @Test
  void await_somebodyInside_isFalseUntilTheyLeave() throws Exception {
    var entered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    directory.createFile(
        FileEntry.<StringBuilder>readOnly(
                "slow",
                _ -> {
                  entered.countDown();
                  leave.await();
                  return "done";
                })
            .ownedBy(versions.a));
    OpenFile slow = open("slow");
    var inside = new FutureTask<>(() -> firstOf(slow));
    Thread.ofVirtual().start(inside);
    entered.await();
    Handover handover = begin();
    assertThat(handover.await(Duration.ofMillis(1))).isFalse();
    assertThatIllegalStateException().isThrownBy(handover::detach);
    assertThatIllegalStateException().isThrownBy(() -> handover.resume(directory));
    leave.countDown();
    assertThat(handover.await(Duration.ofSeconds(10))).isTrue();
    assertThat(inside.get()).isEqualTo("d");
    handover.cancel();
    close(slow);
  }

  @Test
  void cancel_beforeDetach_letsThemGoOnAsBefore() throws Exception {
    OpenFile open = open("raw");
    Handover handover = begin();
    FutureTask<String> read = waiting(() -> firstOf(open));
    handover.cancel();
    assertThat(read.get()).isEqualTo("a");
    assertThat(versions.a.channels).hasValue(1);
    assertThat(versions.a.users).hasValue(1);
    assertThatIllegalStateException().isThrownBy(handover::cancel);
    close(open);
  }

  @Test
  void close_whileSuspendedOrDetached_givesBackOnce() throws Exception {
    OpenFile early = open("raw");
    OpenFile late = open("raw");
    OpenFile stays = open("raw");
    Handover handover = begin();
    close(early);
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    assertThat(ledger.puts).hasValue(1);
    close(late);
    assertThat(ledger.puts).hasValue(2);
    handover.resume(directory);
    assertThat(firstOf(stays)).isEqualTo("a");
    close(stays);
  }

  @Test
  void close_whileSuspendedAndThenCancelled_givesBackOnce() {
    OpenFile open = open("raw");
    Handover handover = begin();
    close(open);
    handover.cancel();
    assertThat(ledger.puts).hasValue(1);
  }

  @Test
  void remove_whileHandedOver_wakesThoseWhoWaitWithEnodev() throws Exception {
    OpenFile open = open("text");
    Handover handover = begin();
    FutureTask<String> suspended = waiting(() -> firstOf(open));
    assertThat(handover.await(Duration.ZERO)).isTrue();
    tree.remove(directory);
    assertFails(Errno.ENODEV, () -> firstOf(open));
    assertThat(suspended).failsWithin(Duration.ofSeconds(10));
    handover.detach();
    assertThat(ledger.users()).isZero();
    handover.resume(directory);
    close(open);
  }

  @Test
  void remove_whileDetached_wakesThoseWhoWaitWithEnodev() throws Exception {
    OpenFile open = open("group/text");
    Handover handover = begin();
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    FutureTask<String> detached = waiting(() -> firstOf(open));
    directory.disappeared(FileEntry.text("group", 0, null, null));
    assertThat(detached).failsWithin(Duration.ofSeconds(10));
    assertThat(ledger.users()).isZero();
    handover.resume(directory);
    close(open);
  }

  @Test
  void resume_ownerOfThePlaceRefuses_isEnodev() throws Exception {
    OpenFile open = open("text");
    directory.createFile(FileEntry.<StringBuilder>readOnly("own", _ -> "x").ownedBy(versions.a));
    OpenFile own = open("own");
    Handover handover = begin();
    handOver(handover);
    assertFails(Errno.ENODEV, () -> firstOf(own));
    assertThat(firstOf(open)).isEqualTo("b");
    close(open, own);
  }

  @Test
  void resume_inAnotherDirectory_belongsThereFromThenOn() throws Exception {
    OpenFile text = open("text");
    OpenFile below = open("group/text");
    var ledgerOfOther = new Ledger();
    var other =
        tree.root()
            .createDirectory(
                "other", new DirectoryType<>(ledgerOfOther, versions), new StringBuilder());
    Handover handover = begin();
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    versions.goOn(versions.b);
    handover.resume(other);
    assertThat(ledger.users()).isZero();
    assertThat(ledgerOfOther.users()).isEqualTo(2);
    tree.remove(directory);
    assertThat(firstOf(text) + firstOf(below)).isEqualTo("bb");
    other.disappeared(FileEntry.text("group", 0, null, null));
    assertFails(Errno.ENODEV, () -> firstOf(below));
    tree.remove(other);
    assertFails(Errno.ENODEV, () -> firstOf(text));
    assertThat(ledgerOfOther.users()).isZero();
    close(text, below);
  }

  @Test
  void poll_handedOver_wakesAndIsNews() throws Exception {
    OpenFile open = open("text");
    var wakes = new AtomicInteger();
    firstOf(open);
    assertThat(open.poll(wakes::incrementAndGet) & Poll.PRI).isZero();
    versions.change(directory);
    assertThat(wakes).hasValue(1);
    assertThat(open.poll(wakes::incrementAndGet) & Poll.PRI).isNotZero();
    close(open);
  }

  @Test
  void open_whileHandedOver_waitsForTheNewOwner() throws Exception {
    File<?> found = (File<?>) directory.require("text");
    versions.suspend();
    Handover handover = begin();
    FutureTask<OpenFile> opening = waiting(() -> open(found));
    handOver(handover);
    assertThat(firstOf(opening.get())).isEqualTo("b");
    close(opening.get());
  }

  /// The owner was pinned before the handover began, and the file is kept after that has looked for
  /// files: it must not stay with the old owner, nor keep that one while it waits for the new.
  @Test
  void open_handoverBeginsMeanwhile_opensWithTheNewOwner() throws Exception {
    var goOn = new CountDownLatch(1);
    FutureTask<OpenFile> opening = opening(goOn);
    versions.suspend();
    Handover handover = begin();
    assertThat(handover.size()).isZero();
    goOn.countDown();
    await().until(() -> versions.a.users.get() == 0);
    handOver(handover);
    assertThat(firstOf(opening.get())).isEqualTo("b");
    close(opening.get());
  }

  @Test
  void open_handoverBeginsAndEndsMeanwhile_opensWithTheNewOwner() throws Exception {
    var goOn = new CountDownLatch(1);
    FutureTask<OpenFile> opening = opening(goOn);
    versions.suspend();
    handOver(begin());
    goOn.countDown();
    assertThat(firstOf(opening.get())).isEqualTo("b");
    close(opening.get());
  }

  /// Somebody who is opening `raw`, inside version a.
  private FutureTask<OpenFile> opening(CountDownLatch goOn) {
    versions.opening =
        () -> {
          versions.opening = () -> {};
          goOn.await();
        };
    return waiting(() -> open("raw"));
  }

  /// As in [OpenFilesTest], where the new owner is the one who is told to refuse.
  @Test
  void resume_newOwnerIsRevokedMeanwhile_revokesTheFile() throws Exception {
    OpenFile open = open("raw");
    versions.suspend();
    Handover handover = begin();
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    versions.goOn(versions.b);
    versions.opening =
        () -> {
          versions.goOn(versions.a); // b refuses from now on
          tree.openFiles().revoke(owner -> owner == versions.b);
        };
    handover.resume(directory);
    assertFails(Errno.ENODEV, () -> firstOf(open));
    assertThat(versions.b.users).hasValue(0);
    close(open);
  }

  @Test
  void resume_anotherOwnerIsRevokedMeanwhile_keepsTheFile() throws Exception {
    OpenFile open = open("raw");
    versions.suspend();
    Handover handover = begin();
    versions.opening = () -> tree.openFiles().revoke(owner -> owner == versions.a);
    handOver(handover);
    assertThat(firstOf(open)).isEqualTo("b");
    close(open);
  }

  @Test
  void open_ownerRefusesAndAnotherHasThePlace_opensThat() {
    File<?> found = (File<?>) tree.resolve("thing/group/text");
    versions.goOn(versions.b);
    OpenFile open = open(found);
    assertThat(firstOf(open)).isEqualTo("b");
    close(open);
  }

  @Test
  void begin_twice_isBusy() {
    Handover handover = begin();
    assertFails(Errno.EBUSY, this::begin);
    handover.cancel();
    begin().cancel();
  }

  @Test
  void read_handedOverForTooLong_isEagain() throws Exception {
    OpenFile open = open("text");
    Handover handover = begin();
    assertFails(Errno.EAGAIN, () -> firstOf(open));
    handover.cancel();
    assertThat(firstOf(open)).isEqualTo("a");
    close(open);
  }

  @Test
  void owner_fromOpenToClose_isWhomItPins() {
    OpenFile open = open("text");
    assertThat(open.owner()).isSameAs(versions.a);
    assertThat(open.age()).isPositive();
    close(open);
    assertThat(open.owner()).isNull();
  }

  private Handover begin() {
    return directory.beginHandover(owner -> owner == versions.a);
  }

  private void handOver(Handover handover) throws InterruptedException {
    assertThat(handover.await(Duration.ZERO)).isTrue();
    handover.detach();
    versions.goOn(versions.b);
    handover.resume(directory);
  }

  private OpenFile open(String path) {
    return open((File<?>) tree.resolve("thing/" + path));
  }

  private OpenFile open(File<?> file) {
    return tree.openFiles().open(file, OpenMode.READ, Caller.SELF, this);
  }

  private void close(OpenFile... files) {
    for (OpenFile open : files) {
      tree.openFiles().close(open);
    }
  }

  private static String firstOf(OpenFile open) {
    return at(0, open);
  }

  private static String at(long offset, OpenFile open) {
    byte[] into = new byte[2];
    int count = open.read(offset, MemorySegment.ofArray(into), 0, 1);
    return new String(into, 0, count, UTF_8);
  }

  /// A call that does not return, and waits already.
  private static <T> FutureTask<T> waiting(Callable<T> call) {
    var task = new FutureTask<>(call);
    Thread thread = Thread.ofPlatform().daemon().start(task);
    await()
        .until(() ->
            thread.getState() == Thread.State.TIMED_WAITING
                || thread.getState() == Thread.State.WAITING);
    return task;
  }
}
