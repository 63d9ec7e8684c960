package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.driverfs.model.Device;
import org.driverfs.model.Model;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Several threads put devices into the same plain directories and take them out: one makes a
/// folder that another is about to remove, because its last device has gone.
class FoldersStress {
  private final Tree tree = new Tree();
  private final Model model = new Model();

  @Test
  @Timeout(60)
  void folders_madeAndPrunedAtOnce_areThereAsLongAsSomethingIsInThem() throws Exception {
    Export.of(model, tree);
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String name = "device" + i;
        running.add(threads.submit(() -> comeMoveAndGo(name)));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    var root = (Directory<?>) tree.resolve("root");
    assertThat(root.hasChildren()).as("folders that are left").isFalse();
  }

  private void comeMoveAndGo(String name) {
    long seed = Long.getLong("seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      Device device = Device.builder(name).folder(folder(random)).build();
      model.register(device);
      assertShown(device, seed);
      model.move(device, null, folder(random), name);
      assertShown(device, seed);
      model.unregister(device);
    }
  }

  private static String folder(Random random) {
    return List.of("a", "a/b", "a/c", "").get(random.nextInt(4));
  }

  private void assertShown(Device device, long seed) {
    assertThat(tree.resolve("root/" + device.path()))
        .as("seed %d", seed)
        .isSameAs(device.representation());
  }
}
