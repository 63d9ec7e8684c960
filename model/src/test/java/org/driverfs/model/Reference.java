package org.driverfs.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.driverfs.errno.Errno;

/// What must come of a [Plan], step by step, without threads, locks or indexes.
final class Reference {
  static final int NONE = -1;

  private final Plan plan;
  private final boolean[] isThere = new boolean[Plan.DEVICES];
  private final List<Integer> loaded = new ArrayList<>();
  private final boolean[] isByHand = new boolean[Plan.DEVICES];
  private final boolean[][] refused = new boolean[Plan.DEVICES][Plan.DRIVERS];
  private final boolean[][] needs = new boolean[Plan.DEVICES][Plan.DEVICES];
  private final Deque<Integer> wanted = new ArrayDeque<>();
  private boolean sleeps;

  /// The driver of each device.
  final int[] bound = new int[Plan.DEVICES];

  /// The driver that waits for something before it takes the device.
  final int[] waiting = new int[Plan.DEVICES];

  Reference(Plan plan) {
    this.plan = plan;
    Arrays.fill(bound, NONE);
    Arrays.fill(waiting, NONE);
  }

  boolean isThere(int device) {
    return isThere[device];
  }

  /// @return the errors that the step may end with; empty if it must succeed
  Set<Errno> apply(Plan.Step step) {
    int d = step.device();
    int o = step.other();
    Set<Errno> errors =
        switch (step.action()) {
          case REGISTER -> register(d);
          case UNREGISTER -> unregister(d);
          case LOAD -> load(o);
          case UNLOAD -> unload(o);
          case BIND -> bind(d, o);
          case UNBIND -> unbind(d);
          case PASS -> pass(d, o);
          case LINK -> link(d, o);
          case UNLINK -> unlink(d, o);
          case SUSPEND -> sleep(true);
          case RESUME -> sleep(false);
        };
    while (!sleeps && !wanted.isEmpty()) {
      look(wanted.poll());
    }
    return errors;
  }

  private static Set<Errno> fails(Errno first, Errno... more) {
    return EnumSet.of(first, more);
  }

  private Set<Errno> register(int d) {
    if (isThere[d]) {
      return fails(Errno.EEXIST);
    }
    if (plan.parent[d] >= 0 && !isThere[plan.parent[d]]) {
      return fails(Errno.ENODEV);
    }
    isThere[d] = true;
    wanted.add(d);
    for (int w = 0; w < Plan.DEVICES; w++) {
      if (waiting[w] != NONE && plan.outcome[waiting[w]][w] == d) {
        wanted.add(w);
      }
    }
    return Set.of();
  }

  private Set<Errno> unregister(int d) {
    if (!isThere[d]) {
      return fails(Errno.ENODEV);
    }
    for (int c = 0; c < Plan.DEVICES; c++) {
      if (isThere[c] && plan.parent[c] == d) {
        return fails(Errno.ENOTEMPTY);
      }
    }
    free(d);
    isThere[d] = false;
    waiting[d] = NONE;
    Arrays.fill(refused[d], false);
    Arrays.fill(needs[d], false);
    for (int c = 0; c < Plan.DEVICES; c++) {
      if (needs[c][d]) {
        needs[c][d] = false;
        wanted.add(c);
      }
    }
    return Set.of();
  }

  private Set<Errno> load(Integer r) {
    if (loaded.contains(r)) {
      return fails(Errno.EEXIST);
    }
    loaded.add(r);
    for (int d = 0; d < Plan.DEVICES; d++) {
      if (isThere[d] && plan.rank(r, d) >= 0) {
        wanted.add(d);
      }
    }
    return Set.of();
  }

  private Set<Errno> unload(Integer r) {
    if (!loaded.remove((Object) r)) {
      return fails(Errno.ENODEV);
    }
    for (int d = 0; d < Plan.DEVICES; d++) {
      refused[d][r] = false;
      if (waiting[d] == r) {
        waiting[d] = NONE;
        wanted.add(d);
      }
      if (bound[d] == r) {
        free(d);
      }
    }
    return Set.of();
  }

  private Set<Errno> bind(int d, Integer r) {
    if (!isThere[d] || !loaded.contains(r)) {
      return fails(Errno.ENODEV, Errno.EINVAL, Errno.EBUSY);
    }
    if (plan.rank(r, d) < 0) {
      return fails(Errno.EINVAL);
    }
    if (sleeps || bound[d] != NONE) {
      return fails(Errno.EBUSY);
    }
    if (isUnsupplied(d) || awaits(r, d)) {
      return fails(Errno.EAGAIN);
    }
    if (plan.outcome[r][d] == Plan.REFUSES) {
      return fails(Errno.ENXIO);
    }
    refused[d][r] = false;
    take(d, r, true);
    return Set.of();
  }

  private Set<Errno> unbind(int d) {
    if (bound[d] == NONE) {
      return fails(Errno.ENODEV);
    }
    refused[d][bound[d]] = true;
    wanted.removeIf(w -> w == d); // whatever was wanted before
    free(d);
    wanted.removeLast(); // nobody gets it by itself
    return Set.of();
  }

  private Set<Errno> pass(int d, Integer to) {
    Integer from = bound[d];
    if (from == NONE || sleeps || !loaded.contains(to) || plan.rank(to, d) < 0) {
      return fails(Errno.EBUSY, Errno.ENODEV, Errno.EINVAL);
    }
    if (plan.outcome[to][d] != Plan.REFUSES && !awaits(to, d)) {
      boolean byHand = isByHand[d] || refused[d][to];
      refused[d][to] = false;
      take(d, to, byHand);
      return Set.of();
    }
    if (awaits(from, d)) { // so that it does not come back
      free(d);
    } else {
      take(d, from, isByHand[d]);
    }
    return awaits(to, d) ? fails(Errno.EAGAIN) : fails(Errno.ENXIO);
  }

  private Set<Errno> link(int c, int s) {
    if (!isThere[c] || !isThere[s]) {
      return fails(Errno.ENODEV);
    }
    if (leadsTo(s, c)) {
      return fails(Errno.ELOOP);
    }
    if (needs[c][s]) {
      return fails(Errno.EEXIST);
    }
    if (bound[c] != NONE && bound[s] == NONE) {
      wanted.add(c);
      return fails(Errno.EBUSY);
    }
    needs[c][s] = true;
    wanted.add(c);
    return Set.of();
  }

  private Set<Errno> unlink(int c, int s) {
    if (!needs[c][s]) {
      return fails(Errno.ENOENT);
    }
    needs[c][s] = false;
    wanted.add(c);
    return Set.of();
  }

  private Set<Errno> sleep(boolean newSleeps) {
    if (sleeps == newSleeps) {
      return fails(Errno.EBUSY);
    }
    sleeps = newSleeps;
    return Set.of();
  }

  private boolean leadsTo(int from, int to) {
    if (from == to || (plan.parent[from] >= 0 && leadsTo(plan.parent[from], to))) {
      return true;
    }
    for (int s = 0; s < Plan.DEVICES; s++) {
      if (needs[from][s] && leadsTo(s, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean isUnsupplied(int d) {
    for (int s = 0; s < Plan.DEVICES; s++) {
      if (needs[d][s] && bound[s] == NONE) {
        return true;
      }
    }
    return false;
  }

  private boolean awaits(int r, int d) {
    int first = plan.outcome[r][d];
    return first >= 0 && !isThere[first];
  }

  private void look(int d) {
    if (!isThere[d]) {
      return;
    }
    if (bound[d] != NONE) {
      lookForBetter(d);
      return;
    }
    if (isUnsupplied(d)) {
      waiting[d] = NONE;
      return;
    }
    for (int r : candidates(d)) {
      if (awaits(r, d)) {
        waiting[d] = r;
        return;
      }
      if (plan.outcome[r][d] != Plan.REFUSES) {
        take(d, r, false);
        return;
      }
      refused[d][r] = true;
      waiting[d] = NONE;
    }
  }

  private void lookForBetter(int d) {
    List<Integer> candidates = candidates(d);
    if (plan.takesBetter[d] && !isByHand[d] && candidates.getFirst() != bound[d]) {
      free(d);
    }
  }

  private List<Integer> candidates(int d) {
    return loaded.stream()
        .filter(r -> plan.rank(r, d) >= 0 && !refused[d][r])
        .sorted(Comparator.comparingInt(r -> -plan.rank(r, d)))
        .toList();
  }

  private void take(int d, int r, boolean byHand) {
    bound[d] = r;
    isByHand[d] = byHand;
    waiting[d] = NONE;
    for (int c = 0; c < Plan.DEVICES; c++) {
      if (needs[c][d]) {
        wanted.add(c);
      }
    }
  }

  private void free(int d) {
    if (bound[d] == NONE) {
      return;
    }
    for (int c = 0; c < Plan.DEVICES; c++) {
      if (needs[c][d]) {
        free(c);
        wanted.add(c);
      }
    }
    bound[d] = NONE;
    wanted.add(d);
  }
}
