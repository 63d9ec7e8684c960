package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.Hanging.Place;
import org.driverfs.fuse.Things.Thing;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// That drivers may hang wherever they are called, and only their own clients notice.
@Timeout(120)
class HangingDriversIT {
  private static final int MAX_WORKERS = 8;
  private static final FileEntry<Thing> GOOD = FileEntry.readOnly("good", _ -> "good\n");
  private static final String BUSY = "Resource temporarily unavailable";

  @RegisterExtension
  final Mounted mounted = new Mounted(new MountOptions("test", false, MAX_WORKERS));

  private final List<Process> clients = new ArrayList<>();
  private final List<Hanging> hanging = new ArrayList<>();
  private final Thing other = new Thing();

  @BeforeEach
  void makeOther() {
    other.extras = FileSet.of(GOOD);
    mounted.tree.root().createDirectory("other", mounted.things.type, other);
    mounted.tree.root().createDirectory("plain").createDirectory("inner");
  }

  @AfterEach
  void letGo() throws InterruptedException {
    hanging.forEach(Hanging::leave);
    other.leave.countDown();
    for (Process client : clients) {
      client.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void callbacks_hangBelowTheLimit_othersGoOnAndTheirClientsCanBeKilled(Place place)
      throws Exception {
    Hanging here = make("hanging", place);
    for (int i = 0; i < MAX_WORKERS - 2; i++) {
      start(commandThatHangs(place, i));
      awaitInside(here, i + 1);
    }
    assertOthersGoOn();
    for (Process client : clients) {
      client.destroyForcibly();
      assertThat(client.waitFor(10, TimeUnit.SECONDS)).as("a client dies at once").isTrue();
    }
    assertThat(here.inside).as("the callbacks run on").hasValue(MAX_WORKERS - 2);
    assertOthersGoOn();
    here.leave();
    awaitInside(here, 0);
  }

  private static String commandThatHangs(Place place, int number) {
    return switch (place) {
      case READLINK -> "exec readlink hanging/link";
      case OPEN -> "exec cat hanging/open";
      case CLOSE -> "exec cat hanging/close";
      case SHOW_OF_CONSTANT -> "exec stat -c %s hanging/constant";
      case IS_DYNAMIC, LIST -> "exec ls hanging";
      case FIND -> "exec stat hanging/name" + number; // of one name, one asks for all
    };
  }

  @Test
  void readlinks_hangUpToTheLimit_furtherOnesAreRefusedAndTheMountAnswers() throws Exception {
    Hanging here = make("hanging", Place.READLINK);
    for (int i = 0; i < MAX_WORKERS - 1; i++) {
      start("exec readlink hanging/link");
      awaitInside(here, i + 1);
    }
    assertThat(mounted.run("readlink -v hanging/link").errors()).contains(BUSY);
    assertThat(mounted.run("cat other/good").errors()).contains(BUSY);
    assertThat(mounted.run("ls other plain; stat -c %n other/good").output())
        .contains("good", "inner", "other/good");
  }

  @Test
  void readlink_returns_givesItsText() throws Exception {
    Hanging here = make("hanging", Place.READLINK);
    Process client = start("exec readlink hanging/link");
    awaitInside(here, 1);
    here.leave();
    assertThat(client.inputReader().readLine()).isEqualTo("at last");
  }

  /// To ask whether a directory is asked each time is to call its driver too.
  @Test
  void questions_hangBeyondTheLimit_areRefusedAndTheMountAnswers() throws Exception {
    Hanging calls = make("calls", Place.READLINK);
    Hanging asks = make("asks", Place.IS_DYNAMIC);
    make("dynamic", Place.LIST);
    for (int i = 0; i < MAX_WORKERS - 1; i++) {
      start("exec readlink calls/link");
      awaitInside(calls, i + 1);
    }
    assertThat(mounted.run("ls dynamic").errors()).contains(BUSY);
    for (int i = 0; i < 4; i++) {
      start("exec stat asks/name" + i);
      awaitInside(asks, i + 1);
    }
    assertThat(mounted.run("ls other").errors()).contains(BUSY);
    assertThat(mounted.run("ls plain; stat -c %n other").output()).contains("inner", "other");
    asks.leave();
    awaitInside(asks, 0);
    await().atMost(Mounted.PATIENCE).until(() -> mounted.run("ls other").output().contains("good"));
  }

  @Test
  void closes_hangBeyondTheLimit_areLeftToThreadsOfTheirOwn() throws Exception {
    Hanging here = make("hanging", Place.CLOSE);
    int all = MAX_WORKERS + 3;
    for (int i = 0; i < all; i++) {
      Process client = start("exec 8< hanging/close; echo ready; read _");
      assertThat(client.inputReader().readLine()).isEqualTo("ready");
    }
    for (Process client : clients) {
      client.destroyForcibly().waitFor();
    }
    awaitInside(here, all);
    assertThat(here.misplaced).hasValue(0);
    assertThat(mounted.run("ls other plain; stat -c %n other/good").output())
        .contains("good", "inner", "other/good");
    here.leave();
    awaitInside(here, 0);
    await().atMost(Mounted.PATIENCE).until(() -> mounted.things.users.get() == 0);
  }

  /// What nobody waits for any more is closed, and closing it occupies no worker.
  @Test
  void opens_interrupted_theirHangingClosesOccupyNoWorker() throws Exception {
    Hanging here = make("hanging", Place.CLOSE);
    var opening = new CountDownLatch(1);
    FileEntry.Opener<Thing> slow =
        (_, _, _) -> {
          opening.await();
          return here.content();
        };
    other.extras = FileSet.of(FileEntry.raw("slow-to-open", 0444, slow), GOOD);
    int all = MAX_WORKERS - 3;
    for (int i = 0; i < all; i++) {
      start("exec cat other/slow-to-open");
      int expected = i + 1;
      await()
          .atMost(Mounted.PATIENCE)
          .until(() -> mounted.mount().statistics().insideDrivers() == expected);
    }
    for (Process client : clients) {
      assertThat(client.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    opening.countDown();
    awaitInside(here, all);
    await().atMost(Mounted.PATIENCE).until(() -> mounted.mount().statistics().insideDrivers() == 0);
    assertThat(here.misplaced).hasValue(0);
    assertOthersGoOn();
  }

  @Test
  void settle_aClientHangsInTheDirectory_saysSoInTime() throws Exception {
    Hanging here = make("hanging", Place.LIST);
    var directory = (Directory<?>) mounted.tree.root().require("hanging");
    start("exec ls hanging");
    awaitInside(here, 1);
    directory.createDirectory("late");
    mounted.tree.root().createDirectory("later");
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() -> mounted.mount().settle(Duration.ofMillis(300)))
        .satisfies(e -> assertThat(e.errno()).isSameAs(Errno.ETIMEDOUT))
        .withMessageContaining("1 changes")
        .withMessageContaining("'late'");
    here.leave();
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(mounted.run("ls . hanging").output()).contains("late", "later");
  }

  /// The kernel keeps who makes a name waiting for whoever looks into the directory.
  @Test
  void changes_clientsHangInManyDirectories_othersAreToldAtOnce() throws Exception {
    int most = MAX_WORKERS - 2;
    for (int i = 0; i < most; i++) {
      Hanging here = make("hanging" + i, Place.LIST);
      start("exec ls hanging" + i);
      awaitInside(here, 1);
    }
    Process watcher = start("exec inotifywait -m -e create -e delete --format %e:%f plain 2>&1");
    await()
        .atMost(Mounted.PATIENCE)
        .until(() -> watcher.inputReader().readLine().contains("established"));
    for (int i = 0; i < most; i++) {
      directory("hanging" + i).createDirectory("late");
    }
    Directory<?> plain = directory("plain");
    plain.createDirectory("new");
    assertThat(watcher.inputReader().readLine()).isEqualTo("CREATE,ISDIR:new");
    plain.remove("inner");
    assertThat(watcher.inputReader().readLine()).isEqualTo("DELETE,ISDIR:inner");
    hanging.forEach(Hanging::leave);
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(mounted.run("ls hanging0 hanging" + (most - 1)).output()).contains("late");
  }

  /// In the end it is the client that gives way, or whoever needs the directory would wait for it.
  @Test
  void change_clientHangsInTheDirectory_isToldAfterAWhileAndTheClientTriesAgain() throws Exception {
    Hanging here = make("hanging", Place.LIST);
    Process client = start("exec ls hanging 2>&1");
    awaitInside(here, 1);
    directory("hanging").createDirectory("late");
    assertThat(client.inputReader().readLine()).contains(BUSY);
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(here.inside).as("the driver runs on").hasValue(1);
    assertThat(mounted.run("stat -c %n hanging/late").output()).contains("hanging/late");
  }

  /// Whoever removes a directory keeps the lock of the one above while waiting for its own.
  @Test
  void directory_removedWhileAClientHangsInIt_goesAndTheOneAboveIsFree() throws Exception {
    Hanging here = make("hanging", Place.LIST);
    Process client = start("exec ls hanging 2>&1");
    awaitInside(here, 1);
    mounted.tree.root().remove("hanging");
    assertThat(mounted.run("ls .; stat -c %n other plain/none").output())
        .contains("plain", "other");
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(mounted.run("ls .").output()).contains("plain").doesNotContain("hanging");
    assertThat(client.inputReader().readLine()).contains("No such device");
    assertThat(here.inside).as("the driver runs on").hasValue(1);
  }

  @Test
  void file_removedWhileAStoreHangs_goesWithItsDirectory() throws Exception {
    var entered = new CountDownLatch(1);
    FileEntry<Thing> hangs =
        FileEntry.<Thing>text(
            "hangs",
            0644,
            _ -> "",
            (_, _) -> {
              entered.countDown();
              other.leave.await();
            });
    other.extras = FileSet.of(hangs, GOOD);
    Process client = start("echo 1 > other/hangs");
    entered.await();
    mounted.tree.root().remove("other");
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(mounted.run("ls .").output()).contains("plain").doesNotContain("other");
    other.leave.countDown();
    assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  /// A rename takes the locks of both directories, also one that nobody may do.
  @Test
  void change_clientRenamesFromADirectoryThatHangs_isToldAfterAWhile() throws Exception {
    Hanging here = make("hanging", Place.FIND);
    start("exec perl -e 'rename \"hanging/nothing\", \"plain/nothing\"'");
    awaitInside(here, 1);
    directory("plain").createDirectory("late");
    mounted.mount().settle(Mounted.PATIENCE);
    assertThat(mounted.run("ls plain").output()).contains("late", "inner");
  }

  private Directory<?> directory(String name) {
    return (Directory<?>) mounted.tree.root().require(name);
  }

  /// The kernel looks up the directories on the way to a change that it is told of, when it has not
  /// done so for a while; their drivers are not asked then.
  @Test
  void settle_aDirectoryOnTheWayHangs_isNotKeptWaiting() throws Exception {
    Hanging here = make("hanging", Place.FIND);
    here.calm = true;
    var directory = (Directory<?>) mounted.tree.root().require("hanging");
    assertThat(mounted.run("ls -l hanging/group").output()).contains("late");
    here.calm = false;
    start("while stat hanging/group; do sleep 0.1; done");
    awaitInside(here, 1); // so that it is not kept any more
    here.calm = true;
    appeared((Directory<?>) directory.require("group"));
    here.calm = false;
    mounted.mount().settle(Duration.ofSeconds(5));
    assertThat(here.inside).as("who has hung before").hasValue(1);
  }

  private static void appeared(Directory<?> group) {
    @SuppressWarnings("unchecked") // it is of a thing
    var ofThing = (Directory<Thing>) group;
    ofThing.appeared(Hanging.LATE);
  }

  @Test
  void close_everythingHangs_endsInTimeAndGivesBackTheRest() throws Exception {
    Hanging closes = make("closes", Place.CLOSE);
    Hanging links = make("links", Place.READLINK);
    Process holder =
        start("exec 7< closes/close 8< closes/close 9< other/good; echo ready; exec sleep 60");
    assertThat(holder.inputReader().readLine()).isEqualTo("ready");
    start("exec readlink links/link");
    awaitInside(links, 1);
    long begin = System.nanoTime();
    mounted.mount().close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(7));
    assertThat(closes.inside).hasValue(2);
    assertThat(mounted.things.users).as("those whose close hangs").hasValue(2);
  }

  @Test
  void unmount_fromOutsideWhileDriversHang_isNoticed() throws Exception {
    Hanging links = make("links", Place.READLINK);
    start("exec readlink links/link");
    awaitInside(links, 1);
    String unmount = "umount -f -l " + mounted.path("");
    assertThat(new ProcessBuilder("/bin/sh", "-c", unmount).start().waitFor()).isZero();
    mounted.mount().awaitUnmounted();
    mounted.mount().close();
    assertThat(links.inside).hasValue(1);
  }

  @Test
  void interrupt_leftBehindByADriver_doesNotReachTheNext() throws Exception {
    other.extras =
        FileSet.of(
            FileEntry.<Thing>readOnly(
                "interrupts",
                _ -> {
                  Thread.currentThread().interrupt();
                  return "";
                }),
            FileEntry.<Thing>readOnly(
                "naps",
                _ -> {
                  Thread.sleep(1);
                  return "rested\n";
                }));
    for (int i = 0; i < 50; i++) {
      assertThat(read("other/interrupts")).isZero();
      assertThat(read("other/naps")).as("read after %d interrupts", i + 1).isPositive();
    }
  }

  /// What read(2) says; commands would hide that it was interrupted.
  private long read(String path) {
    try (Descriptor file = Descriptor.open(mounted.path(path).toString(), OpenFlags.RDONLY);
        Arena arena = Arena.ofConfined()) {
      return SystemCalls.ofThread().pread(file.number(), arena.allocate(64).address(), 64, 0);
    }
  }

  private Hanging make(String name, Place place) {
    var here = new Hanging(place);
    hanging.add(here);
    mounted
        .tree
        .root()
        .createDirectory(name, new DirectoryType<>(mounted.things, here), new Thing());
    return here;
  }

  private Process start(String command) throws IOException {
    Process client = mounted.start(command);
    clients.add(client);
    return client;
  }

  private static void awaitInside(Hanging here, int count) {
    await().atMost(Mounted.PATIENCE).until(() -> here.inside.get() == count);
  }

  private void assertOthersGoOn() throws Exception {
    assertThat(
            mounted
                .run("cat other/good; ls other plain; stat -c %n other/good; echo 7 > other/value")
                .output())
        .contains("good\n", "inner\n", "other/good\n");
    assertThat(other.value).isEqualTo("7");
  }
}
