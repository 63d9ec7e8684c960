package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ListingTest {
  private final Tree tree = new Tree();

  @Test
  void list_entriesAndChildren_inOrder() {
    var ledger = new Ledger();
    var thing = tree.root().createDirectory("thing", ledger.type, new StringBuilder());
    thing.createDirectory("b");
    thing.createDirectory("a");
    assertThat(names(new Listing<>(thing), 0, 100)).containsExactly("value", "b", "a");
  }

  @Test
  void list_removedDirectory_isEmpty() {
    var a = tree.root().createDirectory("a");
    a.createDirectory("b");
    tree.remove(a);
    assertThat(names(new Listing<>(a), 0, 100)).isEmpty();
  }

  /// Entries come and go at random between the pieces of a walk: those that stay are seen exactly
  /// once, and none twice. The seed is in the message.
  @Test
  void list_whileEntriesComeAndGo_seesThoseThatStayOnce() {
    long seed = Long.getLong("seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      var directory = tree.root().createDirectory("round" + round);
      Set<String> staying = new HashSet<>();
      List<Node> others = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        var made = directory.createDirectory("n" + i);
        if (random.nextInt(3) == 0) {
          staying.add(made.name());
        } else {
          others.add(made);
        }
      }
      Map<String, Integer> seen = walk(directory, random, others);
      assertThat(seen.keySet()).as("seed %d", seed).containsAll(staying);
      assertThat(seen.values()).as("seed %d", seed).containsOnly(1);
    }
  }

  /// With each piece that is read another entry comes: the walk ends all the same, and the next one
  /// sees what has come.
  @Test
  void list_othersComeWithEachPiece_ends() {
    var directory = tree.root().createDirectory("growing");
    directory.createDirectory("n");
    var listing = new Listing<>(directory);
    var piece = new Piece(1);
    int pieces = 0;
    for (long at = 0; pieces == 0 || !piece.names.isEmpty(); at = piece.next) {
      piece = new Piece(1);
      listing.list(at, piece);
      directory.createDirectory("m" + pieces++);
    }
    assertThat(pieces).isEqualTo(2);
    assertThat(names(listing, 0, 100)).containsExactly("n", "m0", "m1");
  }

  /// A walk goes on in what the directory is after it was let go: what stays is seen once, and what
  /// has gone is not.
  @Test
  void in_betweenTwoPieces_goesOnByName() {
    var set = new Changing();
    var thing =
        tree.root()
            .createDirectory("thing", new DirectoryType<>(new Ledger(), set), new StringBuilder());
    set.names = List.of("a", "b", "c", "d");
    thing.createDirectory("child");
    var listing = new Listing<>(thing);
    assertThat(names(listing, 0, 1)).containsExactly("a");
    set.names = List.of("new", "d", "b");
    Listing<?> goesOn = listing.in(thing).in(thing);
    assertThat(names(goesOn, 1, 1)).containsExactly("b");
    assertThat(names(goesOn.in(thing), 2, 100)).containsExactly("d", "child");
    assertThat(names(goesOn, 0, 100)).containsExactly("new", "d", "b", "child");
    assertThat(names(listing.in((Directory<?>) thing.tombstone()), 0, 100)).isEmpty();
  }

  private static final class Changing implements FileSet<StringBuilder> {
    private List<String> names = List.of();

    @Override
    public List<FileEntry<StringBuilder>> list(StringBuilder object) {
      return names.stream().map(name -> FileEntry.<StringBuilder>readOnly(name, _ -> "")).toList();
    }

    @Override
    public @Nullable FileEntry<StringBuilder> find(StringBuilder object, String name) {
      return list(object).stream().filter(it -> it.name().equals(name)).findFirst().orElse(null);
    }
  }

  private Map<String, Integer> walk(Directory<?> directory, Random random, List<Node> others) {
    Map<String, Integer> seen = new HashMap<>();
    var listing = new Listing<>(directory);
    long position = 0;
    int made = 0;
    while (true) {
      var piece = new Piece(1 + random.nextInt(20));
      listing.list(position, piece);
      if (piece.names.isEmpty()) {
        return seen;
      }
      piece.names.forEach(name -> seen.merge(name, 1, Integer::sum));
      position = piece.next;
      for (int i = random.nextInt(40); i > 0 && !others.isEmpty(); i--) {
        tree.remove(others.remove(random.nextInt(others.size())));
      }
      if (made < 200 && random.nextBoolean()) {
        others.add(directory.createDirectory("m" + made++));
      }
    }
  }

  private static List<String> names(Listing<?> listing, long position, int room) {
    var piece = new Piece(room);
    listing.list(position, piece);
    return piece.names;
  }

  private static final class Piece implements Listing.Sink {
    final List<String> names = new ArrayList<>();
    private final int room;
    long next;

    Piece(int room) {
      this.room = room;
    }

    @Override
    public boolean accept(Node node, long after) {
      if (names.size() == room) {
        return false;
      }
      names.add(node.name());
      next = after;
      return true;
    }
  }
}
