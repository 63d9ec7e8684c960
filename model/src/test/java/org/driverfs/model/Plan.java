package org.driverfs.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// A small world made at random, and what is done in it: which devices and drivers there can be,
/// what the drivers say of the devices, and the steps.
final class Plan {
  static final int DEVICES = 6;
  static final int DRIVERS = 4;
  private static final int IDS = 3;
  private static final int STEPS = 200;

  enum Action {
    REGISTER,
    UNREGISTER,
    LOAD,
    UNLOAD,
    BIND,
    UNBIND,
    PASS,
    LINK,
    UNLINK,
    SUSPEND,
    RESUME
  }

  private static final Set<Action> OF_DRIVERS =
      EnumSet.of(Action.LOAD, Action.UNLOAD, Action.BIND, Action.PASS);

  /// @param device which device, of those that there can be
  /// @param other another device, or a driver
  record Step(Action action, int device, int other) {}

  /// What a driver does with a device; a number of a device says that it waits for that.
  static final int TAKES = -1;

  static final int REFUSES = -2;

  final int[] parent = new int[DEVICES];
  final List<List<String>> ids = new ArrayList<>();
  final boolean[] takesBetter = new boolean[DEVICES];

  /// For each driver the score of each id; 0 if it does not know it.
  final int[][] score = new int[DRIVERS][IDS];

  /// What each driver does with each device.
  final int[][] outcome = new int[DRIVERS][DEVICES];

  final List<Step> steps = new ArrayList<>();

  Plan(Random random) {
    for (int d = 0; d < DEVICES; d++) {
      parent[d] = random.nextInt(d + 2) - 1;
      parent[d] = parent[d] == d ? -1 : parent[d];
      List<String> all = new ArrayList<>(List.of("0", "1", "2"));
      Collections.shuffle(all, random);
      ids.add(List.copyOf(all.subList(0, 1 + random.nextInt(2))));
      takesBetter[d] = random.nextInt(4) == 0;
    }
    for (int r = 0; r < DRIVERS; r++) {
      for (int i = 0; i < IDS; i++) {
        score[r][i] = random.nextInt(4);
      }
      for (int d = 0; d < DEVICES; d++) {
        outcome[r][d] = outcome(random, d);
      }
    }
    int length = 1 + random.nextInt(STEPS);
    for (int i = 0; i < length; i++) {
      steps.add(step(random));
    }
  }

  private static int outcome(Random random, int device) {
    int first = random.nextInt(DEVICES);
    return switch (random.nextInt(5)) {
      case 0 -> REFUSES;
      case 1 -> first == device ? TAKES : first;
      default -> TAKES;
    };
  }

  private static Step step(Random random) {
    Action action =
        switch (random.nextInt(22)) {
          case 0, 1, 2, 3 -> Action.REGISTER;
          case 4, 5 -> Action.UNREGISTER;
          case 6, 7, 8 -> Action.LOAD;
          case 9, 10 -> Action.UNLOAD;
          case 11, 12 -> Action.BIND;
          case 13, 14 -> Action.UNBIND;
          case 15, 16 -> Action.LINK;
          case 17 -> Action.UNLINK;
          case 18 -> Action.SUSPEND;
          case 19, 20 -> Action.PASS;
          default -> Action.RESUME;
        };
    boolean isDriver = OF_DRIVERS.contains(action);
    return new Step(action, random.nextInt(DEVICES), random.nextInt(isDriver ? DRIVERS : DEVICES));
  }

  /// How well a driver suits a device: the higher the better; negative if it does not know it.
  ///
  /// @return the score, then how specific the id is
  int rank(int driver, int device) {
    List<String> known = ids.get(device);
    for (int i = 0; i < known.size(); i++) {
      int points = score[driver][Integer.parseInt(known.get(i))];
      if (points > 0) {
        return points * IDS - i;
      }
    }
    return -1;
  }
}
