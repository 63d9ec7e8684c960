package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Lets drivers have the names of others, and a module the place of another; those who have files
/// of theirs open go on there.
final class NameExchange {
  /// @param before whose files they are, and whose again if nothing comes of it
  /// @param after whose they are afterwards
  private record Move(Passage passage, Kobject before, Kobject after) {}

  private final Registry registry;
  private final Gate gate;

  NameExchange(Registry registry, Gate gate) {
    this.registry = registry;
    this.gate = gate;
  }

  /// All of them, and then something that cannot fail any more, or none.
  ///
  /// @param old the module that leaves its place
  /// @param then gives that place to the next
  /// @throws DriverfsException see [Model#takePlace]
  void run(List<Heir> heirs, Module old, Runnable then, Duration deadline)
      throws InterruptedException {
    List<Move> moves = new ArrayList<>();
    List<Heir> undo = new ArrayList<>();
    boolean isDetached = false;
    boolean isDone = false;
    try {
      for (Heir heir : heirs) {
        begin(heir.from(), heir.from(), heir.to(), moves);
      }
      old.record().ifPresent(it -> begin(old, it, it, moves));
      List<Passage> passages = moves.stream().map(Move::passage).toList();
      if (!Passages.await(passages, System.nanoTime() + deadline.toNanos())) {
        throw stillInUse(old);
      }
      isDetached = true;
      passages.forEach(Passage::detach);
      for (Heir heir : heirs) {
        String left = heir.to().name();
        registry.exchangeNames(heir);
        undo.addFirst(heir.reversed(left));
      }
      then.run();
      isDone = true;
    } finally {
      if (!isDone) {
        undo.forEach(registry::exchangeNames);
      }
      for (Move each : moves) {
        Passages.goOn(List.of(each.passage()), isDetached, isDone ? each.after() : each.before());
      }
    }
  }

  private void begin(Code from, Kobject before, Kobject after, List<Move> moves) {
    for (Passage passage : registry.observers().passing(before, from)) {
      moves.add(new Move(passage, before, after));
    }
  }

  private DriverfsException stillInUse(Module old) {
    return new DriverfsException(
        Errno.EBUSY, old.toString(), "is in use: " + gate.inside(call -> call.isOf(old)));
  }
}
