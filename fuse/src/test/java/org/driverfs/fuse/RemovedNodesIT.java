package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// That clients who hold on to what was removed keep numbers alive and nothing else: the object,
/// its files and what brought them can be collected, while the kernel still knows them.
@Timeout(120)
class RemovedNodesIT {
  private static final String HOLD =
      "cd gadget/group; exec 8< value; echo ready; read _; cat <&8; cat value; stat -c %F .";

  private static final class Gadget {
    volatile FileSet<Gadget> brought = FileSet.none();
  }

  /// Whatever the gadget has now.
  private static final class Brought implements FileSet<Gadget> {
    @Override
    public List<? extends Entry<? super Gadget>> list(Gadget gadget) {
      return gadget.brought.list(gadget);
    }

    @Override
    public @Nullable Entry<? super Gadget> find(Gadget gadget, String name) {
      return gadget.brought.find(gadget, name);
    }
  }

  @RegisterExtension final Mounted mounted = new Mounted(new MountOptions("test", false, 4));

  private final List<WeakReference<?>> collectable = new ArrayList<>();

  @Test
  void remove_clientsHoldFilesDirectoriesAndCwd_letsGoOfAllButTheNumbers() throws Exception {
    mayBeCollected(makeGadget());
    Process client = mounted.start(HOLD);
    assertThat(client.inputReader().readLine()).isEqualTo("ready");
    try (var _ = reading("gadget");
        var _ = reading("gadget/group");
        var _ = placeOf("gadget/link")) {
      mounted.tree.root().remove("gadget");
      assertCollected();
      assertKnowsOnlyNumbers(client);
    }
  }

  @Test
  void disappeared_clientsHoldGroupAndLink_letsGoOfWhatBroughtThem() throws Exception {
    Directory<Gadget> gadget = makeGadget();
    Process client = mounted.start(HOLD);
    assertThat(client.inputReader().readLine()).isEqualTo("ready");
    try (var _ = reading("gadget");
        var _ = reading("gadget/group");
        var _ = placeOf("gadget/link")) {
      withdraw(gadget);
      assertCollected();

      gadget.object().brought = bring("second");
      gadget.object().brought.list(gadget.object()).forEach(gadget::appeared);
      mounted.mount().settle();
      assertThat(mounted.run("cat gadget/group/value; readlink gadget/link; ls gadget").output())
          .isEqualTo("second\nsecond\ngroup\nlink\nvalue\n");
      assertKnowsOnlyNumbers(client);
    }
  }

  /// Another owner of the same names, which clients go on using.
  @Test
  void appeared_underNamesThatTheKernelKnows_letsGoOfWhatHadThem() throws Exception {
    FileSet<Gadget> second = bring("second");
    collectable.clear();
    Directory<Gadget> gadget = makeGadget();
    assertThat(mounted.run("cat gadget/group/value; ls -l gadget gadget/group").status()).isZero();
    try (var _ = placeOf("gadget/group/value");
        var _ = placeOf("gadget/value");
        var _ = placeOf("gadget/link")) {
      gadget.object().brought = second;
      announce(gadget);
      assertCollected();
      assertThat(mounted.run("cat gadget/group/value gadget/value; readlink gadget/link").output())
          .isEqualTo("second\nsecond\nsecond\n");
    }
  }

  private static <T> void announce(Directory<T> directory) {
    T object = directory.object();
    directory.type().files().list(object).forEach(directory::appeared);
    directory.type().files().list(object).stream()
        .flatMap(entry -> directory.find(entry.name()).stream())
        .forEach(node -> {
          if (node instanceof Directory<?> group) {
            announce(group);
          }
        });
  }

  private Directory<Gadget> makeGadget() {
    var gadget = new Gadget();
    gadget.brought = bring("first");
    var type = new DirectoryType<>(new Subsystem<Gadget>() {}, new Brought());
    return mounted.tree.root().createDirectory("gadget", type, gadget);
  }

  private FileSet<Gadget> bring(String text) {
    FileEntry<Gadget> value = FileEntry.readOnly("value", _ -> text + "\n");
    var group = new Entry.Group<Gadget>("group", FileSet.of(value));
    var link = new Entry.LinkTo<Gadget>("link", _ -> text);
    FileSet<Gadget> all = FileSet.of(value, group, link);
    List.of(value, group, group.files(), link, all).forEach(this::mayBeCollected);
    return all;
  }

  private void mayBeCollected(Directory<Gadget> gadget) {
    List.of(gadget, gadget.object(), gadget.type().files()).forEach(this::mayBeCollected);
  }

  private void mayBeCollected(Object object) {
    collectable.add(new WeakReference<>(object));
  }

  private static void withdraw(Directory<Gadget> gadget) {
    FileSet<Gadget> leaving = gadget.object().brought;
    gadget.object().brought = FileSet.none();
    leaving.list(gadget.object()).forEach(gadget::disappeared);
  }

  /// An open directory that has been read from.
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  private DirectoryStream<Path> reading(String path) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(mounted.path(path));
    assertThat(stream.iterator()).hasNext();
    return stream;
  }

  private Descriptor placeOf(String path) {
    return Descriptor.open(mounted.path(path).toString(), OpenFlags.PATH | OpenFlags.NOFOLLOW);
  }

  private void assertCollected() throws InterruptedException {
    mounted.mount().settle();
    await()
        .atMost(Mounted.PATIENCE)
        .until(() -> {
          System.gc();
          return collectable.stream().allMatch(each -> each.refersTo(null));
        });
  }

  /// The client that [#HOLD] goes on: it has a file open, and its directory is still one.
  private static void assertKnowsOnlyNumbers(Process client) throws Exception {
    try (var input = client.outputWriter()) {
      input.write("go\n");
    }
    assertThat(client.inputReader().readLine()).isEqualTo("directory");
    assertThat(new String(client.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("No such device", "value: No such file or directory");
  }
}
