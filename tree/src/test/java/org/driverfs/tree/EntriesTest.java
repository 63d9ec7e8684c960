package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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

  /// What the positions behind the last one still hold would keep a driver's classes.
  @Test
  void remove_ofAll_keepsNone() throws Exception {
    var root = new Tree().root();
    for (int count = 1; count < 64; count++) {
      var entries = new Entries();
      List<Node> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Node node = new Link(i, root, "n" + i, root);
        entries.add(node);
        all.add(node);
      }
      Collections.shuffle(all, new Random(count));
      List<WeakReference<Node>> removed = all.stream().map(WeakReference::new).toList();
      all.forEach(entries::remove);
      all.clear();
      System.gc();
      assertThat(removed).as("of %d", count).allMatch(it -> it.refersTo(null));
      assertThat(entries.size()).isZero(); // it is there until here
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
