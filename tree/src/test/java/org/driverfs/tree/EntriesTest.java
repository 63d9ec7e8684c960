package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntriesTest {
  /// Random additions and removals, against a map that keeps the order. The seed is in the message.
  @Test
  void addFindRemoveList_atRandom_likeALinkedMap() {
    long seed = Long.getLong("seed", System.nanoTime());
    var random = new Random(seed);
    var root = new Tree().root();
    var entries = new Entries();
    Map<String, Node> reference = new LinkedHashMap<>();
    for (int step = 0; step < 20_000; step++) {
      String name = "n" + random.nextInt(500);
      Node there = reference.get(name);
      assertThat(entries.find(name)).as("seed %d", seed).isSameAs(there);
      if (there == null) {
        Node node = new Link(step, root, name, root);
        assertThat(entries.add(node)).isTrue();
        reference.put(name, node);
      } else if (random.nextInt(5) < 3) {
        entries.remove(there);
        reference.remove(name);
      } else if (random.nextInt(5) == 0) {
        entries.rename(there, "renamed");
        assertThat(entries.find("renamed")).isSameAs(there);
        assertThat(entries.find(name)).isNull();
        assertThat(all(entries)).as("seed %d", seed).containsExactlyElementsOf(reference.values());
        entries.rename(there, name);
      } else {
        assertThat(entries.add(new Link(step, root, name, root))).isFalse();
      }
      assertThat(entries.size()).isEqualTo(reference.size());
      if (step % 100 == 0) {
        assertThat(all(entries)).as("seed %d", seed).containsExactlyElementsOf(reference.values());
      }
    }
  }

  private static List<Node> all(Entries entries) {
    List<Node> all = new ArrayList<>();
    var batch = new Node[7];
    var after = new long[7];
    long position = 0;
    int count;
    while ((count = entries.list(position, batch, after)) > 0) {
      all.addAll(Arrays.asList(batch).subList(0, count));
      position = after[count - 1];
    }
    return all;
  }
}
