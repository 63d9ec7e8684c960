package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Timeout;

/// A path leads where its names lead, one after another, or it is refused; and what may be a name
/// is one.
class PathFuzzTest {
  private static final Tree TREE = tree();

  /// Links forwards, upwards, in a ring, and one whose target is gone.
  private static Tree tree() {
    var tree = new Tree();
    Directory<Void> a = tree.root().createDirectory("a");
    Directory<Void> b = a.createDirectory("b");
    b.createDirectory("ü");
    b.createLink("up", a);
    tree.root().createLink("l", b);
    Directory<Void> gone = tree.root().createDirectory("gone");
    Link ring = a.createLink("ring", gone);
    a.createLink("lost", tree.root().createDirectory("lost"));
    tree.root().remove("lost");
    tree.remove(gone);
    tree.root().createLink("gone", ring);
    return tree;
  }

  @Timeout(5)
  @FuzzTest
  void resolve_anyPath_leadsWhereItsNamesLead(byte[] input) {
    String path = new String(input, StandardCharsets.UTF_8);
    Optional<Node> end = resolve(path);
    assertThat(end).isEqualTo(walk(path));
    end.ifPresent(node -> assertThat(resolve(node.path())).contains(node));
    requireName(path);
  }

  private static Optional<Node> resolve(String path) {
    try {
      return Optional.of(TREE.resolve(path));
    } catch (DriverfsException e) {
      assertThat(e.errno()).isIn(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);
      return Optional.empty();
    }
  }

  /// Follows at most as many links as there may be in a path.
  private static Optional<Node> walk(String path) {
    Node here = TREE.root();
    Deque<String> left = new ArrayDeque<>(List.of(path.split("/")));
    for (int links = 0; !left.isEmpty(); ) {
      String name = left.pop();
      if (!(here instanceof Directory<?> directory)) {
        return Optional.empty();
      }
      Optional<Node> next = next(directory, name);
      while (next.isPresent() && next.get() instanceof Link link) {
        next = Optional.ofNullable(link.target()).filter(target -> !target.isRemoved());
        if (++links > 40) {
          return Optional.empty();
        }
      }
      if (next.isEmpty()) {
        return next;
      }
      here = next.get();
    }
    return Optional.of(here);
  }

  private static Optional<Node> next(Directory<?> from, String name) {
    return switch (name) {
      case "", "." -> Optional.of(from);
      case ".." -> Optional.of(from.parent() == null ? from : from.parent());
      default -> from.find(name);
    };
  }

  private static void requireName(String name) {
    try {
      Names.require(name);
    } catch (DriverfsException e) {
      assertThat(e.errno()).isIn(Errno.EINVAL, Errno.ENAMETOOLONG);
      return;
    }
    var tree = new Tree();
    Node node = tree.root().createDirectory(name);
    assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, Names.MAX_BYTES);
    assertThat(tree.resolve(name)).isSameAs(node);
    assertThat(node.path()).isEqualTo(name);
  }
}
