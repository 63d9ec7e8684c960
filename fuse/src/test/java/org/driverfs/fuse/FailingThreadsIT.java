package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.driverfs.errno.DriverfsException;
import org.driverfs.fuse.Things.Thing;
import org.driverfs.tree.Content;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// That nothing which fails in a thread of the mount ends it.
@Timeout(120)
class FailingThreadsIT {
  private static final FileEntry<Thing> GOOD = FileEntry.readOnly("good", _ -> "good\n");

  @RegisterExtension final Mounted mounted = new Mounted(new MountOptions("test", false, 8));

  private final Thing thing = new Thing();
  private final int cpus = Runtime.getRuntime().availableProcessors();

  @BeforeEach
  void makeThing() {
    mounted.tree.root().createDirectory("thing", mounted.things.type, thing);
  }

  /// Answers what no driver should.
  private static final class Impossible implements Content {
    private final int count;

    Impossible(int count) {
      this.count = count;
    }

    @Override
    public int read(long offset, MemorySegment into, long at, int length) {
      return count;
    }

    @Override
    public int write(long offset, MemorySegment from, long at, int length) {
      return count;
    }

    @Override
    public int poll(Runnable waker) {
      return count;
    }

    @Override
    public void close() {
      throw new StackOverflowError();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 1 << 21, Integer.MAX_VALUE})
  void readAndWrite_ofAnImpossibleCount_areErrors(int count) throws Exception {
    thing.extras =
        FileSet.of(FileEntry.<Thing>raw("raw", 0644, (_, _, _) -> new Impossible(count)), GOOD);
    assertThat(mounted.run("timeout 10 cat thing/raw").errors()).contains("Input/output error");
    assertThat(mounted.run("timeout 10 dd if=/dev/zero of=thing/raw bs=9 count=1").errors())
        .contains("Input/output error");
    assertGoesOn();
  }

  @Test
  @SuppressWarnings("NullAway") // a driver that is wrong
  void show_throwsAnExceptionWithoutErrno_isAnError() throws Exception {
    thing.extras =
        FileSet.of(
            FileEntry.<Thing>readOnly(
                "wrong",
                _ -> {
                  throw new DriverfsException(null, "somewhere", "is wrong");
                }),
            GOOD);
    for (int i = 0; i <= cpus; i++) {
      assertThat(mounted.run("timeout 10 cat thing/wrong").errors()).contains("output error");
    }
    assertGoesOn();
  }

  /// Asking whether a directory is asked each time may fail like any other call.
  @Test
  void isDynamic_throwsAnything_isAnError() throws Exception {
    thing.extras = FileSet.of(GOOD);
    mounted
        .tree
        .root()
        .createDirectory(
            "wrong", new DirectoryType<>(mounted.things, new Undecided()), new Thing());
    for (int i = 0; i <= cpus; i++) {
      assertThat(mounted.run("timeout 10 ls wrong").errors()).contains("output error");
    }
    assertGoesOn();
    assertThat(mounted.mount().statistics().openDirectories()).isZero();
  }

  private static final class Undecided implements FileSet<Thing> {
    @Override
    public List<? extends Entry<? super Thing>> list(Thing object) {
      return List.of();
    }

    @Override
    public @Nullable Entry<? super Thing> find(Thing object, String name) {
      return null;
    }

    @Override
    public boolean isDynamic(Thing object) {
      throw FailingThreadsIT.<Error>undeclared(new Exception("which nobody declares"));
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // on purpose
  private static <E extends Throwable> Error undeclared(Throwable thrown) throws E {
    throw (E) thrown;
  }

  @Test
  void readlink_ofATextThatIsNone_isAnError() throws Exception {
    thing.extras =
        FileSet.of(
            new Entry.LinkTo<Thing>("too-far", _ -> "x".repeat(1 << 22)),
            new Entry.LinkTo<Thing>("fits", _ -> "x".repeat(4095)),
            GOOD);
    assertThat(mounted.run("readlink -v thing/too-far").errors()).contains("File name too long");
    assertThat(mounted.run("readlink thing/fits").output()).hasSize(4096);
    assertGoesOn();
  }

  /// What a directory has listed is gone through again after something was removed.
  @Test
  void sweep_throwsAnError_theKernelIsToldOfWhatComesLater() throws Exception {
    var fails = new AtomicBoolean();
    thing.extras = FileSet.of(GOOD);
    mounted
        .tree
        .root()
        .createDirectory(
            "listed", new DirectoryType<>(mounted.things, new Failing(fails)), new Thing());
    try (DirectoryStream<Path> open = Files.newDirectoryStream(mounted.path("listed"))) {
      assertThat(open.iterator()).hasNext();
      mounted.tree.root().createDirectory("early");
      assertThat(mounted.run("ls").output()).contains("early");
      fails.set(true);
      mounted.tree.root().remove("early");
      mounted.mount().settle();
      mounted.tree.root().createDirectory("later");
      mounted.mount().settle();
      assertThat(mounted.run("ls").output()).contains("later").doesNotContain("early");
    }
    assertGoesOn();
  }

  /// A list that has no memory when it is gone through once more.
  private static final class Failing implements FileSet<Thing> {
    private final AtomicBoolean fails;

    Failing(AtomicBoolean fails) {
      this.fails = fails;
    }

    @Override
    public List<Entry<? super Thing>> list(Thing object) {
      return new AbstractList<>() {
        @Override
        public Entry<? super Thing> get(int index) {
          if (fails.get()) {
            throw new OutOfMemoryError("for a test");
          }
          return GOOD;
        }

        @Override
        public int size() {
          return 1;
        }
      };
    }

    @Override
    public @Nullable Entry<? super Thing> find(Thing object, String name) {
      return name.equals("good") ? GOOD : null;
    }
  }

  private void assertGoesOn() throws Exception {
    assertThat(mounted.run("timeout 10 cat thing/good").output()).isEqualTo("good\n");
    mounted.tree.root().createDirectory("new");
    mounted.mount().settle();
    assertThat(mounted.run("timeout 10 ls").output()).contains("new");
    await().atMost(Mounted.PATIENCE).until(() -> mounted.mount().statistics().workers() >= cpus);
    assertThat(mounted.mount().statistics().alive()).isTrue();
  }
}
