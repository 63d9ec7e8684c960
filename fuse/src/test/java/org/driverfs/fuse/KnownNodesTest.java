package org.driverfs.fuse;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.tree.Access;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.File;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Node;
import org.driverfs.tree.Subsystem;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;

class KnownNodesTest {
  private static final FileEntry<String> VALUE = FileEntry.readOnly("value", text -> text);
  private static final DirectoryType<String> TYPE =
      new DirectoryType<>(
          new Subsystem<String>() {},
          FileSet.of(VALUE, new Entry.Group<>("group", FileSet.of(VALUE))));

  private final Tree tree = new Tree();
  private final Directory<String> thing = tree.root().createDirectory("thing", TYPE, "");
  private final KnownNodes nodes = new KnownNodes(tree.root());

  @Test
  void remember_foundBeforeItWasWithdrawn_isRefused() {
    long asOf = nodes.asOf(remember(thing));
    Node value = thing.require("value");
    nodes.withdraw(value);
    assertThat(nodes.remember(value, asOf)).isNull();
    nodes.sweep();
    assertThat(nodes.remember(value, asOf)).isNull();
    assertThat(nodes.size()).isEqualTo(2);
    assertThat(nodes.remember(thing.require("value"), nodes.withdrawals())).isNotNull();
  }

  /// Whoever looks into a group that was withdrawn finds what its owner has left there.
  @Test
  void remember_foundInAGroupThatWasWithdrawn_isRefused() {
    Known group = remember(thing.require("group"));
    nodes.withdraw(group.node());
    long asOf = nodes.asOf(group);
    Node value = ((Directory<?>) group.node()).require("value");
    assertThat(nodes.remember(value, asOf)).isNull();

    Known again = remember(thing.require("group"));
    assertThat(nodes.remember(value, nodes.asOf(again))).isNotNull();
  }

  @Test
  void remember_foundBeforeItsDirectoryWasRemoved_isRefused() {
    Node value = thing.require("value");
    tree.remove(thing);
    assertThat(nodes.remember(value, nodes.withdrawals())).isNull();
    assertThat(nodes.remember(thing, nodes.withdrawals())).isNull();
  }

  /// What the kernel has kept of the first is not taken for the second.
  @Test
  void remember_placeTakenAgain_hasAnotherNumber() {
    Known first = remember(thing.require("value"));
    nodes.withdraw(first.node());
    Known second = remember(thing.require("value"));
    assertThat(second.id()).isNotEqualTo(first.id());
    nodes.sweep();
    assertThat(first.node().isRemoved()).isTrue();
    assertThat(second.node().isRemoved()).isFalse();
    nodes.forget(first.id(), 1);
    assertThat(nodes.findKnown(second.node())).isSameAs(second);
    nodes.forget(second.id(), 1);
    assertThat(nodes.size()).isEqualTo(1);
  }

  @Test
  void remember_lookupOlderThanAllThatIsKept_isRefused() {
    Node value = thing.require("value");
    long asOf = nodes.withdrawals();
    for (int i = 0; i < 10_000; i++) {
      var other = tree.root().createDirectory("other" + i, TYPE, "");
      nodes.withdraw(other.require("value"));
    }
    assertThat(requireNonNull(nodes.remember(value, asOf)).node()).isSameAs(value);
    nodes.sweep();
    assertThat(nodes.remember(value, asOf)).as("nobody knows").isNull();
    assertThat(nodes.remember(value, nodes.withdrawals())).isNotNull();
  }

  @Test
  void sweep_directoryRemoved_leavesTombstonesOfAllBelow() {
    Known directory = remember(thing);
    Known file = remember(thing.require("value"));
    Known group = remember(thing.require("group"));
    Known below = remember(((Directory<?>) group.node()).require("value"));
    Known link = remember(tree.root().createLink("link", thing));
    file.node().setAccess(new Access(0600, 1, 2));
    long id = file.node().id();
    tree.root().remove("link");
    tree.remove(thing);
    nodes.sweep();
    for (Known known : new Known[] {directory, file, group, below, link}) {
      assertThat(known.node().isRemoved()).isTrue();
      assertThat(known.node().tombstone()).isSameAs(known.node());
    }
    assertThat(file.node().id()).isEqualTo(id);
    assertThat(file.node().access()).isEqualTo(new Access(0600, 1, 2));
    assertThat(below.node().access().mode()).isEqualTo(0444);
    assertThat(((File<?>) below.node()).entry()).isNotSameAs(VALUE);
    assertThat(((Directory<?>) group.node()).find("value")).isEmpty();
  }

  @Test
  void recall_removedBeforeTheKernelKnewIt_isATombstone() {
    Node tombstone = thing.tombstone();
    tree.remove(thing);
    assertThat(nodes.recall(tombstone).node()).isSameAs(tombstone);
    Known file = remember(tree.root().createDirectory("other"));
    assertThat(nodes.recall(file.node().tombstone()).node().isRemoved()).isFalse();
  }

  private Known remember(Node node) {
    return requireNonNull(nodes.remember(node, nodes.withdrawals()));
  }
}
