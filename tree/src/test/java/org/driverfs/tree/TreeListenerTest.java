package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.tree.TreeTest.assertFails;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What changes a tree, as those hear of it who are told.
@Timeout(60)
class TreeListenerTest implements TreeListener {
  private final Tree tree = new Tree();
  private final Ledger ledger = new Ledger();
  private final Directory<Void> top = tree.root();
  private final List<String> heard = new ArrayList<>();

  @Override
  public void created(Node node) {
    heard.add("+" + node);
  }

  @Override
  public void removed(Directory<?> parent, String name, Node node) {
    heard.add("-" + parent + " " + name);
  }

  @Override
  public void changed(File<?> file) {
    heard.add("~" + file);
  }

  @BeforeEach
  void listen() {
    tree.addListener(this);
  }

  /// Another thread can look at the tree: nobody has left it locked.
  @AfterEach
  void nobodyHasIt() throws Exception {
    var isStill = new CompletableFuture<Boolean>();
    tree.still(() -> {}); // and once more in this one
    Thread.startVirtualThread(() -> tree.still(() -> isStill.complete(true)));
    assertThat(isStill.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void createAndRemove_areHeardInOrder() {
    var a = top.createDirectory("a");
    var thing = a.createDirectory("thing", ledger.type, new StringBuilder("1"));
    top.createLink("link", thing);
    thing.createFile(FileEntry.<StringBuilder>readOnly("own", _ -> ""));
    top.remove("link");
    thing.remove("own");
    assertThat(tree.remove(a)).isTrue();
    assertThat(tree.remove(a)).isFalse();
    assertThat(heard)
        .containsExactly(
            "+/a", "+/a/thing", "+/link", "+/a/thing/own", "-/ link", "-/a/thing own", "-/ a");
    assertFails(Errno.ENOENT, () -> top.remove("a"));
  }

  @Test
  void createRefused_isNotHeard() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    heard.clear();
    assertFails(Errno.EEXIST, () -> top.createDirectory("thing"));
    assertFails(Errno.EEXIST, () -> thing.createDirectory("value"));
    assertFails(Errno.EEXIST, () -> thing.moveTo(top, "thing"));
    assertThat(heard).isEmpty();
  }

  @Test
  void move_toAnotherNameAndPlace_isHeardAsGoneAndCome() {
    var a = top.createDirectory("a");
    var b = top.createDirectory("b");
    var c = a.createDirectory("c");
    heard.clear();
    assertThat(c.moveTo(a, "d")).isSameAs(c);
    assertThat(a.findChild("c")).isEmpty();
    assertThat(a.findChild("d")).contains(c);
    assertThat(c.moveTo(b, "e")).isSameAs(c);
    assertThat(a.hasChildren()).isFalse();
    assertThat(b.hasChildren()).isTrue();
    assertThat(heard).containsExactly("-/a c", "+/a/d", "-/a d", "+/b/e");
  }

  @Test
  void exchange_twoOfOneDirectory_haveEachOthersNames() {
    var a = top.createDirectory("a");
    var b = top.createDirectory("b");
    top.createDirectory("c");
    heard.clear();
    tree.exchange(a, b);
    assertThat(tree.resolve("a")).isSameAs(b);
    assertThat(tree.resolve("b")).isSameAs(a);
    assertThat(heard).containsExactly("-/ b", "+/b", "-/ a", "+/a");
    tree.remove(a);
    assertThat(top.findChild("b")).isEmpty();
    assertThat(tree.resolve("a")).isSameAs(b);
  }

  @Test
  void exchange_whatDoesNotStandSideBySide_isRefused() {
    var a = top.createDirectory("a");
    var b = top.createDirectory("b");
    var below = a.createDirectory("below");
    heard.clear();
    assertFails(Errno.ENOENT, () -> tree.exchange(a, below));
    assertFails(Errno.ENOENT, () -> tree.exchange(top, a));
    assertFails(Errno.ENOENT, () -> tree.exchange(a, top));
    tree.remove(b);
    assertFails(Errno.ENOENT, () -> tree.exchange(a, b));
    assertFails(Errno.ENOENT, () -> tree.exchange(b, a));
    assertThat(heard).containsExactly("-/ b");
    assertThat(tree.resolve("a")).isSameAs(a);
  }

  @Test
  void entriesOfTheKind_comeGoAndChange_asTheirOwnerSays() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    heard.clear();
    thing.appeared(ledger.value);
    ((File<?>) thing.require("value")).changed();
    thing.lookAgain("value");
    thing.disappeared(ledger.value);
    thing.lookAgain("other");
    assertThat(heard)
        .containsExactly(
            "+/thing/value", "~/thing/value", "+/thing/value", "-/thing value", "-/thing other");
  }

  @Test
  void disappeared_revokesThatEntryAndWhatIsBelowIt() {
    var group = new Entry.Group<StringBuilder>("group", FileSet.of(ledger.value));
    var type = new DirectoryType<>(ledger, FileSet.of(ledger.value, group));
    var thing = top.createDirectory("thing", type, new StringBuilder("1"));
    var other = top.createDirectory("other", type, new StringBuilder("2"));
    OpenFile value = open("thing/value");
    OpenFile below = open("thing/group/value");
    OpenFile elsewhere = open("other/group/value");
    thing.disappeared(group);
    assertFails(Errno.ENODEV, below::readAll);
    assertThat(value.readAll()).isEqualTo("1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    tree.remove(other);
    assertFails(Errno.ENODEV, elsewhere::readAll);
    List.of(value, below, elsewhere).forEach(tree.openFiles()::close);
    assertThat(ledger.users()).isZero();
  }

  @Test
  void remove_aFile_revokesItsOpeningsAlone() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    thing.createFile(FileEntry.<StringBuilder>readOnly("own", _ -> "2"));
    List<OpenFile> values = List.of(open("thing/value"), open("thing/value"), open("thing/value"));
    OpenFile own = open("thing/own");
    thing.remove("own");
    assertFails(Errno.ENODEV, own::readAll);
    assertThat(values).allMatch(value -> value.readAll().length == 2);
    tree.openFiles().close(values.get(1)); // out of the middle
    tree.remove(thing);
    assertFails(Errno.ENODEV, values.get(0)::readAll);
    assertFails(Errno.ENODEV, values.get(2)::readAll);
    tree.openFiles().closeAll(this);
    assertThat(ledger.users()).isZero();
  }

  @Test
  void changed_aFile_isNewsOfItAlone() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    thing.createFile(FileEntry.<StringBuilder>readOnly("own", _ -> "2"));
    OpenFile value = open("thing/value");
    OpenFile own = open("thing/own");
    List.of(value, own).forEach(OpenFile::readAll);
    ((File<?>) thing.require("own")).changed();
    assertThat(own.poll(() -> {}) & Poll.PRI).isEqualTo(Poll.PRI);
    assertThat(value.poll(() -> {}) & Poll.PRI).isZero();
    tree.openFiles().closeAll(this);
  }

  @Test
  void removeListener_hearsNothingMore() {
    tree.removeListener(this);
    top.createDirectory("a");
    assertThat(heard).isEmpty();
  }

  private OpenFile open(String path) {
    return tree.openFiles().open((File<?>) tree.resolve(path), OpenMode.READ, Caller.SELF, this);
  }
}
