package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.Mounted.Outcome;
import org.driverfs.fuse.Things.Thing;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Listing;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients of a real mount see.
@Timeout(120)
class FuseMountIT {
  private static final int MAX_WORKERS = 8;

  @RegisterExtension
  final Mounted mounted = new Mounted(new MountOptions("test", false, MAX_WORKERS));

  private final Thing thing = new Thing();
  private Directory<Thing> directory;

  @BeforeEach
  void makeThing() {
    directory = mounted.tree.root().createDirectory("thing", mounted.things.type, thing);
  }

  @Test
  void catAndEcho_textFile_showAndStore() throws Exception {
    assertThat(mounted.run("cat thing/value").output()).isEqualTo("0\n");
    assertThat(mounted.run("echo 42 > thing/value; cat thing/value").output()).isEqualTo("42\n");
    assertThat(mounted.run("echo 43 >> thing/value; cat thing/value").output()).isEqualTo("43\n");
    assertThat(mounted.run("{ echo 1; echo 2; } > thing/value; cat thing/value").output())
        .isEqualTo("2\n");
    assertThat(mounted.run("cat thing/unicode").output()).isEqualTo("größer als süß: ☃\n");
  }

  @Test
  void write_atAnOffset_isOneStore() throws Exception {
    mounted.run("printf 77 | dd of=thing/value bs=2 seek=100 conv=notrunc");
    assertThat(thing.value).isEqualTo("77");
  }

  @Test
  void read_inPieces_seesOneText() throws Exception {
    thing.value = "abcdefghij";
    try (Descriptor file = open("thing/value");
        Arena arena = Arena.ofConfined()) {
      var buffer = arena.allocate(16);
      var calls = SystemCalls.ofThread();
      assertThat(calls.pread(file.number(), buffer.address(), 4, 0)).isEqualTo(4);
      thing.value = "another text altogether";
      assertThat(calls.pread(file.number(), buffer.address(), 16, 4)).isEqualTo(7);
      assertThat(buffer.getString(0, StandardCharsets.UTF_8)).startsWith("efghij\n");
      assertThat(calls.pread(file.number(), buffer.address(), 16, 11)).isZero();
      assertThat(calls.pread(file.number(), buffer.address(), 7, 0)).isEqualTo(7);
      assertThat(buffer.getString(0, StandardCharsets.UTF_8)).startsWith("another");
    }
  }

  @Test
  void read_oneMebibyte_isWhole() throws Exception {
    assertThat(mounted.run("wc -c < thing/long").output().strip()).isEqualTo("1048576");
    assertThat(mounted.run("cat thing/long | md5sum").output())
        .isEqualTo(mounted.run("cat thing/long | dd bs=4096 | md5sum").output());
    assertThat(mounted.run("dd if=thing/long bs=4000 | md5sum").output())
        .isEqualTo(mounted.run("cat thing/long | md5sum").output());
  }

  @ParameterizedTest
  @CsvSource({"too-long,File too large", "throws,Input/output error"})
  void read_failingShow_answersItsError(String file, String message) throws Exception {
    Outcome outcome = mounted.run("cat thing/" + file);
    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.errors()).contains(message);
  }

  @Test
  void write_refusedByTheStore_keepsTheOldValue() throws Exception {
    Outcome outcome = mounted.run("echo bad > thing/value");
    assertThat(outcome.errors()).contains("I/O error");
    assertThat(mounted.run("cat thing/value").output()).isEqualTo("0\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {(1 << 19) + 1, 1 << 20, (1 << 20) + 1, 1 << 21})
  void write_longerThanTheLimit_isRefusedWhole(int size) throws Exception {
    Outcome outcome =
        mounted.run(
            "head -c "
                + size
                + " /dev/zero | tr '\\0' x"
                + " | dd of=thing/value bs=4M iflag=fullblock");
    assertThat(outcome.errors()).contains("File too large");
    assertThat(thing.value).isEqualTo("0");
  }

  @Test
  void write_ofTheLimit_isOneStore() throws Exception {
    mounted.run(
        "head -c 524288 /dev/zero | tr '\\0' x" + " | dd of=thing/value bs=1M iflag=fullblock");
    assertThat(thing.value).hasSize(1 << 19);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mkdir new",
        "touch new",
        "ln -s x new",
        "rm thing/value",
        "rmdir thing",
        "mv thing other",
        "ln thing/value new",
        "mkdir thing/new"
      })
  void create_renameOrRemove_byAClient_isNotPermitted(String command) throws Exception {
    Outcome outcome = mounted.run(command);
    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.errors()).contains("Operation not permitted");
  }

  @Test
  void remove_knownDirectory_isGoneAtOnce() throws Exception {
    mounted.run("cat thing/value; ls -lR");
    mounted.tree.remove(directory);
    mounted.mount().settle();
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> Files.readString(mounted.path("thing/value")));
    directory = mounted.tree.root().createDirectory("thing", mounted.things.type, new Thing());
    mounted.mount().settle();
    assertThat(mounted.run("cat thing/value").output()).isEqualTo("0\n");
  }

  @Test
  void remove_whileOpen_answersEnodevAndLetsTheObjectGo() throws Exception {
    try (Descriptor file = open("thing/value")) {
      assertThat(read(file, 0)).isEqualTo("0\n");
      assertThat(mounted.things.users).hasValue(1);
      mounted.tree.remove(directory);
      assertThat(mounted.things.users).hasValue(0);
      assertThat(readResult(file)).isEqualTo(-Errno.ENODEV.code());
    }
  }

  @Test
  void clientKilled_holdingFiles_releasesThem() throws Exception {
    Process holder = mounted.start("exec 8< thing/value 9> thing/value; echo ready; exec sleep 60");
    assertThat(holder.inputReader().readLine()).isEqualTo("ready");
    assertThat(mounted.things.users).hasValue(2);
    holder.destroyForcibly();
    await().atMost(Mounted.PATIENCE).until(() -> mounted.things.users.get() == 0);
  }

  @Test
  void blockedShow_doesNotBlockOthers_andItsReaderCanBeKilled() throws Exception {
    Process reader = mounted.start("exec cat thing/slow");
    thing.entered.await();
    assertThat(mounted.run("cat thing/value; ls -l thing | wc -l").output()).startsWith("0\n");
    reader.destroyForcibly();
    assertThat(reader.waitFor(10, TimeUnit.SECONDS)).as("the reader dies at once").isTrue();
    assertThat(mounted.things.inside).as("the callback runs on").hasValue(1);
    thing.leave.countDown();
  }

  /// The killed readers have their answers, but the callbacks still occupy their workers.
  @Test
  void killedReaders_whoseCallbacksRunOn_leaveTheMountAlive() throws Exception {
    for (int i = 0; i < MAX_WORKERS - 2; i++) {
      Process reader = mounted.start("exec cat thing/slow");
      int expected = i + 1;
      await().atMost(Mounted.PATIENCE).until(() -> mounted.things.inside.get() == expected);
      reader.destroyForcibly().waitFor();
    }
    assertThat(mounted.run("cat thing/value").output()).isEqualTo("0\n");
    thing.leave.countDown();
  }

  @Test
  void blockedShows_upToTheLimit_leaveTheMountAlive() throws Exception {
    List<Process> readers = new java.util.ArrayList<>();
    for (int i = 0; i < MAX_WORKERS - 1; i++) {
      readers.add(mounted.start("exec cat thing/slow"));
      int expected = i + 1;
      await().atMost(Mounted.PATIENCE).until(() -> mounted.things.inside.get() == expected);
    }
    assertThat(mounted.run("ls thing").output()).contains("value");
    assertThat(mounted.run("cat thing/value").errors())
        .contains("Resource temporarily unavailable");
    thing.leave.countDown();
    for (Process reader : readers) {
      assertThat(reader.inputReader().readLine()).isEqualTo("at last");
      assertThat(reader.waitFor()).isZero();
    }
    assertThat(mounted.run("cat thing/value").output()).isEqualTo("0\n");
    int cpus = Runtime.getRuntime().availableProcessors();
    await().atMost(Mounted.PATIENCE).until(() -> mounted.mount().statistics().workers() <= cpus);
  }

  /// The kernel takes a directory that it has removed for dead, as long as somebody is in it.
  @Test
  void directory_movesOrExchangesWhileAClientIsInIt_isThereForEverybody() throws Exception {
    var a = mounted.tree.root().createDirectory("a");
    var d = a.createDirectory("d");
    d.createDirectory("inside");
    var other = a.createDirectory("other");
    other.createDirectory("within");
    Process client = mounted.start("exec 7< a/d 8< a/other; echo ready; read _");
    assertThat(client.inputReader().readLine()).isEqualTo("ready");
    try {
      d.moveTo(a, "e");
      mounted.mount().settle(Mounted.PATIENCE);
      assertThat(mounted.run("ls a/e; stat -c %n a/e/inside").output())
          .isEqualTo("inside\na/e/inside\n");
      mounted.tree.exchange(d, other);
      mounted.mount().settle(Mounted.PATIENCE);
      assertThat(mounted.run("ls a/e a/other; stat -c %n a/e/within a/other/inside").output())
          .isEqualTo("a/e:\nwithin\n\na/other:\ninside\na/e/within\na/other/inside\n");
    } finally {
      client.destroyForcibly().waitFor();
    }
    assertThat(mounted.run("ls a/e a/other").output()).contains("within", "inside");
    mounted.tree.remove(a);
  }

  @Test
  void inotify_entriesComeAndGo_hearsCreateAndDelete() throws Exception {
    mounted.mount().settle(Mounted.PATIENCE); // of what was there before
    Process watcher = mounted.start("exec inotifywait -m -e create -e delete --format '%e %f' .");
    var errors = watcher.errorReader();
    for (String line = errors.readLine();
        !line.contains("established");
        line = errors.readLine()) {}
    try (var events = watcher.inputReader()) {
      var other = mounted.tree.root().createDirectory("other");
      assertThat(events.readLine()).isEqualTo("CREATE,ISDIR other");
      var link = mounted.tree.root().createLink("link", other);
      assertThat(events.readLine()).isEqualTo("CREATE link");
      mounted.tree.remove(link);
      assertThat(events.readLine()).isEqualTo("DELETE link");
      mounted.tree.remove(other);
      assertThat(events.readLine()).isEqualTo("DELETE,ISDIR other");
    } finally {
      watcher.destroyForcibly().waitFor();
    }
  }

  @Test
  void poll_valueChanges_wakes() throws Exception {
    try (Descriptor file = open("thing/value")) {
      assertThat(Poll.await(Poll.PRI, Mounted.PATIENCE, file)[0] & Poll.PRI)
          .as("news at first")
          .isNotZero();
      read(file, 0);
      assertThat(Poll.await(Poll.PRI, java.time.Duration.ZERO, file)[0]).isZero();
      ((File<?>) directory.require("value")).changed();
      assertThat(Poll.await(Poll.PRI, Mounted.PATIENCE, file)[0]).isEqualTo(Poll.PRI | Poll.ERR);
    }
  }

  @Test
  void poll_objectGoes_wakes() throws Exception {
    try (Descriptor file = open("thing/value")) {
      read(file, 0);
      assertThat(Poll.await(Poll.PRI, java.time.Duration.ZERO, file)[0]).isZero();
      mounted.tree.remove(directory);
      assertThat(Poll.await(Poll.PRI, Mounted.PATIENCE, file)[0] & Poll.ERR).isNotZero();
    }
  }

  @Test
  void constant_keptByTheKernel_untilItChanges() throws Exception {
    assertThat(Files.size(mounted.path("thing/constant"))).isEqualTo(7);
    assertThat(mounted.run("cat thing/constant").output()).isEqualTo("always\n");
    thing.constant = "unannounced";
    assertThat(mounted.run("cat thing/constant").output()).isEqualTo("always\n");
    thing.constant = "announced and longer";
    ((File<?>) directory.require("constant")).changed();
    mounted.mount().settle();
    assertThat(mounted.run("cat thing/constant").output()).isEqualTo("announced and longer\n");
    assertThat(Files.size(mounted.path("thing/constant"))).isEqualTo(21);
  }

  @Test
  void chmodAndChown_byTheOwner_areKept() throws Exception {
    mounted.run("chmod 600 thing/value; chown 12:34 thing/constant");
    assertThat(mounted.run("stat -c '%a %u:%g' thing/value thing/constant").output())
        .isEqualTo("600 0:0\n444 12:34\n");
    mounted.run("echo 2 > /proc/sys/vm/drop_caches");
    assertThat(mounted.run("stat -c '%a %u:%g' thing/value thing/constant").output())
        .isEqualTo("600 0:0\n444 12:34\n");
  }

  @Test
  void otherUser_withoutAllowOther_isKeptOut() throws Exception {
    Outcome outcome =
        mounted.run("setpriv --reuid 65534 --regid 65534 --clear-groups cat $PWD/thing/value");
    assertThat(outcome.errors()).contains("Permission denied");
  }

  @Test
  void unmount_fromOutside_endsTheServer() throws Exception {
    try (var _ = new AutoCloseableDirectory(mounted)) {
      assertThat(new ProcessBuilder("umount", mounted.path("").toString()).start().waitFor())
          .isZero();
      mounted.mount().awaitUnmounted();
    }
  }

  /// The test leaves nothing mounted; closing the mount after that does nothing.
  private record AutoCloseableDirectory(Mounted mounted) implements AutoCloseable {
    @Override
    public void close() {
      mounted.mount().close();
    }
  }

  @Test
  void close_filesOpen_givesBackWhatTheyHeld() throws Exception {
    Process holder = mounted.start("exec 8< thing/value; echo ready; exec sleep 60");
    assertThat(holder.inputReader().readLine()).isEqualTo("ready");
    mounted.mount().close();
    assertThat(mounted.things.users).hasValue(0);
    holder.destroyForcibly().waitFor();
  }

  @Test
  void mount_whereItCannot_saysWhy() throws Exception {
    assertRefused("/nowhere/at/all", Errno.ENOENT);
    assertRefused("/proc/self/status", Errno.ENOTDIR);
    assertRefused("/proc", Errno.EBUSY);
    assertRefused("/usr", Errno.ENOTEMPTY);
    assertRefused(mounted.path("").toString(), Errno.EBUSY);
  }

  @Test
  void forget_cachesDropped_onlyTheRootIsKnown() throws Exception {
    mounted.run("ls -lR");
    assertThat(mounted.mount().statistics().knownNodes()).isGreaterThan(2);
    await()
        .atMost(Mounted.PATIENCE)
        .until(() -> {
          mounted.run("cd /; echo 2 > /proc/sys/vm/drop_caches");
          return mounted.mount().statistics().knownNodes() == 1;
        });
  }

  @Test
  void list_oneMillionEntries_eachOnceWhileOthersComeAndGo() throws Exception {
    var many = mounted.tree.root().createDirectory("many");
    for (int i = 0; i < 1_000_000; i++) {
      many.createDirectory("e" + i);
    }
    var listed = new AtomicBoolean();
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              while (!listed.get()) {
                many.createDirectory("other");
                many.remove("other");
              }
            });
    assertThat(mounted.run("ls -U many | grep -v other | sort | uniq -c | wc -l").output().strip())
        .isEqualTo("1000000");
    listed.set(true);
    other.join();
  }

  /// The kernel keeps listings, so each change has to reach it.
  @Test
  void list_keptByTheKernel_isAnotherAfterEachChange() throws Exception {
    Directory<Void> parent = mounted.tree.root().createDirectory("parent");
    Directory<Void> aside = mounted.tree.root().createDirectory("aside");
    List<Runnable> changes =
        List.of(
            () -> parent.createDirectory("child"),
            () -> parent.createLink("link", directory),
            () -> aside.createDirectory("moving").moveTo(parent, "moved"),
            () -> parent.remove("link"),
            () -> ((Directory<?>) parent.require("moved")).moveTo(parent, "renamed"),
            () -> ((Directory<?>) parent.require("renamed")).moveTo(aside, "away"),
            () -> parent.remove("child"));
    for (Runnable change : changes) {
      change.run();
      mounted.mount().settle();
      for (int i = 0; i < 2; i++) {
        assertThat(listOf("parent")).isEqualTo(namesOf(parent));
        assertThat(listOf("aside")).isEqualTo(namesOf(aside));
      }
    }
  }

  @Test
  void list_entriesOfTheKindComeAndGo_isAnotherAfterEachChange() throws Exception {
    FileEntry<Thing> extra = FileEntry.readOnly("extra", _ -> "");
    thing.extras = FileSet.of(extra);
    directory.appeared(extra);
    mounted.mount().settle();
    assertThat(listOf("thing")).contains("extra");
    thing.extras = FileSet.none();
    directory.disappeared(extra);
    mounted.mount().settle();
    assertThat(listOf("thing")).doesNotContain("extra");
  }

  @Test
  void list_dynamic_isAskedEachTime() throws Exception {
    assertThat(listOf("thing")).doesNotContain("extra");
    mounted.things.dynamic = true;
    mounted.run("cd /; echo 2 > /proc/sys/vm/drop_caches");
    assertThat(listOf("thing")).doesNotContain("extra");
    thing.extras = FileSet.of(FileEntry.<Thing>readOnly("extra", _ -> ""));
    assertThat(listOf("thing")).contains("extra");
    thing.extras = FileSet.none();
    assertThat(listOf("thing")).doesNotContain("extra");
  }

  private List<String> listOf(String path) throws Exception {
    return mounted.run("ls -U " + path).output().lines().sorted().toList();
  }

  private static List<String> namesOf(Directory<?> directory) {
    List<String> names = new ArrayList<>();
    new Listing<>(directory).list(0, (node, _) -> names.add(node.name()));
    return names.stream().sorted().toList();
  }

  private static void assertRefused(String directory, Errno errno) {
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() ->
            FuseMount.mount(
                new org.driverfs.tree.Tree(),
                java.nio.file.Path.of(directory),
                MountOptions.DEFAULT))
        .satisfies(e -> assertThat(e.errno()).isSameAs(errno));
  }

  private Descriptor open(String path) {
    return Descriptor.open(mounted.path(path).toString(), OpenFlags.RDONLY);
  }

  private static String read(Descriptor file, long offset) {
    try (Arena arena = Arena.ofConfined()) {
      var buffer = arena.allocate(4096);
      long count = SystemCalls.ofThread().pread(file.number(), buffer.address(), 4095, offset);
      assertThat(count).isNotNegative();
      return buffer.getString(0, StandardCharsets.UTF_8);
    }
  }

  private static long readResult(Descriptor file) {
    try (Arena arena = Arena.ofConfined()) {
      return SystemCalls.ofThread().pread(file.number(), arena.allocate(64).address(), 64, 0);
    }
  }
}
