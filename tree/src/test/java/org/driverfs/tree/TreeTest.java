package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TreeTest {
  private final Tree tree = new Tree();
  private final Ledger ledger = new Ledger();
  private final Directory<Void> top = tree.root();

  @Test
  void resolve_pathsOfAllKinds_findsTheNode() {
    var a = top.createDirectory("a");
    var thing = a.createDirectory("thing", ledger.type, new StringBuilder("1"));
    top.createLink("link", thing);
    assertThat(tree.resolve("")).isSameAs(top);
    assertThat(tree.resolve("//a///thing/")).isSameAs(thing);
    assertThat(tree.resolve("a/./thing/../thing")).isSameAs(thing);
    assertThat(tree.resolve("link")).isSameAs(thing);
    assertThat(tree.resolve("../..")).isSameAs(top);
    assertThat(tree.resolve("link/value")).isInstanceOf(File.class).hasToString("/a/thing/value");
    assertThat(tree.resolve("link/value").id()).isEqualTo(tree.resolve("a/thing/value").id());
  }

  @Test
  void resolve_whatIsNotThere_saysSo() {
    top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    assertFails(Errno.ENOENT, () -> tree.resolve("nothing"));
    assertFails(Errno.ENOTDIR, () -> tree.resolve("thing/value/more"));
  }

  /// A link that says where it leads, and knows no node.
  @Test
  void resolve_linksOfTheKind_areFollowedFromWhereTheyAre() {
    var links =
        FileSet.<StringBuilder>of(
            new Entry.LinkTo<>("there", _ -> "../a"),
            new Entry.LinkTo<>("self", _ -> "self"),
            new Entry.LinkTo<>("nothing", _ -> nothing()),
            new Entry.LinkTo<>("next", text -> "../" + text + "/next"),
            new Entry.LinkTo<>("twice", text -> ("/../" + text + "/twice").repeat(2).substring(1)));
    var type = new DirectoryType<>(ledger, links);
    var a = top.createDirectory("a");
    for (int i = 0; i < 40; i++) {
      top.createDirectory("n" + i, type, new StringBuilder("n" + (i + 1)));
    }
    var last = top.createDirectory("n40");
    last.createLink("next", a);
    last.createLink("twice", a);
    assertThat(tree.resolve("n7/there")).isSameAs(a);
    assertThat(((Link) ((Directory<?>) tree.resolve("n7")).require("there")).text())
        .isEqualTo("../a");
    assertFails(Errno.ELOOP, () -> tree.resolve("n7/self"));
    assertFails(Errno.EIO, () -> tree.resolve("n7/nothing"));
    assertThat(tree.resolve("n1/next")).isSameAs(a); // 40 links
    assertFails(Errno.ELOOP, () -> tree.resolve("n0/next"));
    assertThat(tree.resolve("n36/twice")).isSameAs(a); // 31 links, at most 5 inside each other
    assertFails(Errno.ELOOP, () -> tree.resolve("n35/twice"));
  }

  /// What a driver that was compiled without checks may return.
  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }

  @Test
  void resolve_aLinkToWhatWasRemoved_isENOENT() {
    var a = top.createDirectory("a");
    top.createLink("link", a);
    tree.remove(a);
    assertFails(Errno.ENOENT, () -> tree.resolve("link"));
  }

  @Test
  void require_whatIsNotThere_namesItsPath() {
    var a = top.createDirectory("a");
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() -> a.require("b"))
        .satisfies(e -> assertThat(e.path()).isEqualTo("a/b"));
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() -> top.require("b"))
        .satisfies(e -> assertThat(e.path()).isEqualTo("b"));
  }

  @Test
  void kind_ofADirectory_isKnown() {
    var group = new Entry.Group<StringBuilder>("group", FileSet.none());
    var thing =
        top.createDirectory(
            "thing", new DirectoryType<>(ledger, FileSet.of(group)), new StringBuilder("1"));
    assertThat(thing.isGroup()).isFalse();
    assertThat(((Directory<?>) thing.require("group")).isGroup()).isTrue();
    assertThat(thing.isDynamic()).isFalse();
    assertThat(top.hasChildren()).isTrue();
    assertThat(thing.hasChildren()).isFalse();
  }

  /// A group is made anew whenever somebody looks.
  @Test
  void change_ofWhatComesWithTheKind_isRefused() {
    var groups =
        FileSet.<StringBuilder>of(
            new Entry.Group<>("one", FileSet.none()), new Entry.Group<>("other", FileSet.none()));
    var thing =
        top.createDirectory("thing", new DirectoryType<>(ledger, groups), new StringBuilder("1"));
    var made = top.createDirectory("made");
    var group = (Directory<?>) thing.require("one");
    assertFails(Errno.EINVAL, () -> group.createDirectory("new"));
    assertFails(Errno.EINVAL, () -> group.createLink("new", top));
    assertFails(Errno.EINVAL, () -> group.moveTo(top, "new"));
    assertFails(Errno.EINVAL, () -> made.moveTo(group, "new"));
    assertFails(Errno.EINVAL, () -> tree.exchange(group, (Directory<?>) thing.require("other")));
    assertFails(Errno.EINVAL, () -> tree.exchange(group, made));
    assertFails(Errno.EINVAL, () -> tree.exchange(made, group));
    assertFails(Errno.ENOENT, () -> group.remove("new"));
    assertThat(tree.remove(group)).isFalse();
    assertThat(tree.resolve("made")).isSameAs(made);
    assertThat(top.find("new")).isEmpty();
  }

  @Test
  void remove_aVeryDeepDirectory_removesAllOfIt() {
    Directory<Void> first = top.createDirectory("d");
    Directory<Void> last = first;
    for (int i = 0; i < 20_000; i++) {
      last = last.createDirectory("d");
    }
    var thing = last.createDirectory("thing", ledger.type, new StringBuilder("1"));
    OpenFile open = open(thing);
    assertThat(thing.path()).hasSize(2 * 20_001 + "thing".length());
    assertThat(tree.remove(first)).isTrue();
    assertThat(thing.isRemoved()).isTrue();
    assertFails(Errno.ENODEV, open::readAll);
    tree.openFiles().close(open);
  }

  @Test
  void lookAgain_whatIsAnotherEachTime_ends() {
    var looks = new AtomicInteger();
    FileSet<StringBuilder> flapping =
        new FileSet<>() {
          @Override
          public List<Entry<StringBuilder>> list(StringBuilder object) {
            return List.of();
          }

          @Override
          public @Nullable Entry<? super StringBuilder> find(StringBuilder object, String name) {
            return looks.incrementAndGet() % 2 == 0 ? ledger.value : null;
          }
        };
    top.createDirectory("thing", new DirectoryType<>(ledger, flapping), new StringBuilder("1"))
        .lookAgain("value");
    assertThat(looks).hasValueBetween(2, 100);
  }

  @Test
  void tombstone_ofEachKind_isTheSameButHoldsNothing() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    Link link = thing.createLink("link", top);
    Node value = thing.require("value");
    value.setAccess(new Access(0600, 7, 8));
    assertThat(value.isOnDemand()).isTrue();
    assertThat(link.isOnDemand()).isFalse();
    tree.remove(thing);
    for (Node node : List.of(thing, link, value)) {
      Node left = node.tombstone();
      assertThat(left).isNotSameAs(node).hasSameClassAs(node);
      assertThat(left.id()).isEqualTo(node.id());
      assertThat(left.name()).isEqualTo(node.name());
      assertThat(left.access()).isEqualTo(node.access());
      assertThat(left.isRemoved()).isTrue();
      assertThat(left.anchor().object()).isNull();
      assertThat(left.tombstone()).isSameAs(left);
    }
  }

  @Test
  void entry_withTraits_keepsTheOthers() {
    FileEntry<StringBuilder> entry =
        FileEntry.<StringBuilder>readOnly("a", _ -> "").madeFrom("it").sized(7).constant();
    FileEntry<StringBuilder> owned = entry.ownedBy(ledger);
    assertThat(owned.name()).isEqualTo("a");
    assertThat(owned.mode()).isEqualTo(0444);
    assertThat(owned.size()).isEqualTo(7);
    assertThat(owned.isConstant()).isTrue();
    assertThat(owned.origin()).contains("it");
    assertThat(ledger.value.isConstant()).isFalse();
    assertThat(ledger.value.mode()).isEqualTo(0644);
    assertThat(ledger.value.origin()).isEmpty();
  }

  @Test
  void create_duplicateName_exists() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    assertFails(Errno.EEXIST, () -> top.createDirectory("thing"));
    assertFails(Errno.EEXIST, () -> top.createLink("thing", thing));
    assertFails(Errno.EEXIST, () -> thing.createFile(ledger.value));
    assertFails(Errno.EINVAL, () -> top.createDirectory("a/b"));
    assertThat(top.findChild("thing")).contains(thing);
  }

  @Test
  void create_inRemovedDirectory_isRefused() {
    var a = top.createDirectory("a");
    var b = a.createDirectory("b");
    assertThat(tree.remove(a)).isTrue();
    assertThat(tree.remove(a)).isFalse();
    assertFails(Errno.ENOENT, () -> a.createDirectory("c"));
    assertFails(Errno.ENOENT, () -> b.createDirectory("c"));
    assertThat(b.isRemoved()).isTrue();
  }

  @Test
  void remove_fileOrLinkAlone_isRemoved() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    var file = thing.createFile(FileEntry.readOnly("own", _ -> ""));
    var link = top.createLink("link", thing);
    thing.remove("own");
    top.remove("link");
    assertThat(file.isRemoved()).isTrue();
    assertThat(link.isRemoved()).isTrue();
    assertThat(thing.isRemoved()).isFalse();
  }

  @Test
  void tombstone_ofALink_leadsNowhere() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    var link = (Link) top.createLink("link", thing).tombstone();
    assertThat(link.isRemoved()).isTrue();
    assertThat(link.target()).isNull();
    assertFails(Errno.ENOENT, link::text);
  }

  /// Somebody looks and finds the entry; before clients are told, it goes, and they are told that.
  @Test
  void lookAgain_entryGoesBetweenLookingAndTelling_leavesClientsWithWhatIsThere() {
    List<String> heard = new ArrayList<>();
    tree.addListener(listener(heard));
    var switched = new Switched();
    var thing = new Directory<?>[1];
    thing[0] =
        top.createDirectory("thing", new DirectoryType<>(ledger, switched), new StringBuilder("1"));
    heard.clear();

    switched.afterFinding =
        () -> {
          switched.isThere = false;
          thing[0].lookAgain("value");
        };
    thing[0].lookAgain("value");
    assertThat(heard).containsExactly("removed value", "created value", "removed value");
    switched.isThere = true;
    thing[0].lookAgain("value");
    assertThat(heard).hasSize(4).endsWith("created value");
  }

  private static TreeListener listener(List<String> heard) {
    return new TreeListener() {
      @Override
      public void created(Node node) {
        heard.add("created " + node.name());
      }

      @Override
      public void removed(Directory<?> parent, String name, Node node) {
        heard.add("removed " + name);
      }

      @Override
      public void changed(File<?> file) {}
    };
  }

  /// One file that is there or not.
  private final class Switched implements FileSet<StringBuilder> {
    private boolean isThere = true;
    private @Nullable Runnable afterFinding;

    @Override
    public List<Entry<? super StringBuilder>> list(StringBuilder object) {
      return isThere ? List.of(ledger.value) : List.of();
    }

    @Override
    public @Nullable Entry<? super StringBuilder> find(StringBuilder object, String name) {
      Entry<? super StringBuilder> found = isThere ? ledger.value : null;
      Runnable after = afterFinding;
      afterFinding = null;
      if (after != null) {
        after.run();
      }
      return found;
    }
  }

  /// Two threads make the same names: of each, one succeeds.
  @Test
  void create_sameNamesFromTwoThreads_oneOfEachSucceeds() throws Exception {
    int names = 5_000;
    var barrier = new CyclicBarrier(2);
    List<Future<Integer>> made = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int t = 0; t < 2; t++) {
        made.add(
            threads.submit(() -> {
              int successes = 0;
              for (int i = 0; i < names; i++) {
                if (i % 100 == 0) {
                  barrier.await();
                }
                try {
                  top.createDirectory("n" + i);
                  successes++;
                } catch (DriverfsException e) {
                  assertThat(e.errno()).isSameAs(Errno.EEXIST);
                }
              }
              return successes;
            }));
      }
    }
    assertThat(made.get(0).get() + made.get(1).get()).isEqualTo(names);
  }

  @Test
  void move_directory_keepsItAndItsOpenFiles() {
    var a = top.createDirectory("a");
    var thing = a.createDirectory("thing", ledger.type, new StringBuilder("1"));
    var link = top.createLink("link", thing);
    OpenFile open = open(thing);
    var b = top.createDirectory("b");
    thing.moveTo(b, "renamed");
    assertThat(tree.resolve("b/renamed")).isSameAs(thing);
    assertThat(a.hasChildren()).isFalse();
    assertThat(link.text()).isEqualTo("b/renamed");
    assertThat(new String(open.readAll(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("1\n");
    tree.openFiles().close(open);
  }

  @Test
  void move_whereItCannot_changesNothing() {
    var a = top.createDirectory("a");
    var b = a.createDirectory("b");
    top.createDirectory("c");
    assertFails(Errno.EINVAL, () -> a.moveTo(b, "loop"));
    assertFails(Errno.EINVAL, () -> a.moveTo(a, "loop"));
    assertFails(Errno.EEXIST, () -> b.moveTo(top, "c"));
    assertFails(Errno.ENAMETOOLONG, () -> b.moveTo(top, "x".repeat(256)));
    assertThat(tree.resolve("a/b")).isSameAs(b);
  }

  @Test
  void link_fromAnywhereToAnywhere_isRelativeAndResolves() {
    var a = top.createDirectory("a");
    var deep = a.createDirectory("b").createDirectory("c");
    var other = top.createDirectory("x").createDirectory("y");
    assertThat(other.createLink("l", deep).text()).isEqualTo("../../a/b/c");
    assertThat(deep.createLink("up", a).text()).isEqualTo("../..");
    assertThat(deep.createLink("here", deep).text()).isEqualTo(".");
    assertThat(top.createLink("down", deep).text()).isEqualTo("a/b/c");
    tree.remove(a);
    assertFails(Errno.ENOENT, ((Link) other.require("l"))::text);
  }

  @Test
  void access_changed_isKeptAcrossLookups() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    thing.require("value").setAccess(new Access(0600, 7, 8));
    assertThat(thing.require("value").access()).isEqualTo(new Access(0600, 7, 8));
    assertThat(thing.access()).isEqualTo(new Access(0755, 0, 0));
  }

  @Test
  void id_ofAnyNode_isUnique() {
    var thing = top.createDirectory("thing", ledger.type, new StringBuilder("1"));
    var other = top.createDirectory("other", ledger.type, new StringBuilder("2"));
    assertThat(
            List.of(
                top.id(),
                thing.id(),
                other.id(),
                thing.require("value").id(),
                other.require("value").id()))
        .doesNotHaveDuplicates();
    long id = thing.require("value").id();
    thing.moveTo(other, "moved");
    assertThat(thing.require("value").id()).isEqualTo(id);
  }

  private OpenFile open(Directory<?> directory) {
    return tree.openFiles()
        .open(
            (File<?>) directory.require("value"),
            OpenMode.READ_WRITE,
            org.driverfs.lifetime.Caller.SELF,
            this);
  }

  static void assertFails(Errno errno, ThrowingCallable call) {
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.errno()).isSameAs(errno));
  }
}
