package org.driverfs.lab.chaos.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Bus;

/// Does what the dice say.
final class Deeds {
  private static final int MEBIBYTE = 1 << 20;
  private static final int MOST_EXHAUSTIONS = 20;

  private final Script script;
  private final Dice dice;
  private final Stop stop;
  private final Absence absence;
  private final Framework framework;

  Deeds(Script script) {
    this.script = script;
    this.dice = new Dice(script);
    this.stop = new Stop(script.stop());
    this.absence = new Absence(stop);
    this.framework = new Framework(script, this);
  }

  Script script() {
    return script;
  }

  Framework framework() {
    return framework;
  }

  boolean isStopped() {
    return stop.isSaid();
  }

  /// A number from the callback's sequence.
  int draw(Callback callback, int limit) {
    return dice.below(callback, limit);
  }

  /// Does a deed, which may throw anything at all.
  ///
  /// @return which it was
  Deed in(Callback callback) {
    if (stop.isSaid()) {
      return Deed.RETURN;
    }
    Deed deed = dice.draw(callback);
    Shared.count(callback, deed);
    try {
      perform(callback, deed);
    } catch (InterruptedException e) {
      interrupted(e);
    }
    return deed;
  }

  private void interrupted(InterruptedException e) {
    if (!script.isCalm()) {
      throw Evil.<RuntimeException>raise(e);
    }
    Thread.currentThread().interrupt();
  }

  private void perform(Callback callback, Deed deed) throws InterruptedException {
    switch (deed) {
      case RETURN, NULL, WRONG -> {}
      case NAP -> Thread.sleep(1 + draw(callback, 20));
      case START_TASK, REGISTER, UNREGISTER, CHANGED, CALL_BACK -> callFramework(callback, deed);
      case HANG, HANG_DEAF, SPIN, SLEEP_NATIVE -> absence.go(deed, dice.millis(callback));
      case INTERRUPT_SELF -> Thread.currentThread().interrupt();
      case DISGUISE -> disguise(draw(callback, 3));
      case RECURSE -> recurse(0);
      case RECURSE_THROUGH -> framework.anyBus().ifPresent(Deeds::recurseThrough);
      case EXHAUST -> exhaust();
      case LEAVE_BEHIND -> new Leavings(this).leave(draw(callback, Leavings.KINDS));
      case OWN_THREAD -> ownThread(draw(callback, 6));
      default -> throw Evil.<RuntimeException>raise(Evil.of(deed, draw(callback, 1_000)));
    }
  }

  private void callFramework(Callback callback, Deed deed) throws InterruptedException {
    try {
      framework.call(callback, deed);
    } catch (DriverfsException e) {
      if (!script.isCalm() && draw(callback, 2) == 0) {
        throw e;
      }
    }
  }

  @SuppressWarnings("ThreadPriorityCheck")
  private static void disguise(int draw) {
    Thread thread = Thread.currentThread();
    switch (draw) {
      case 0 -> thread.setContextClassLoader(Deeds.class.getClassLoader());
      case 1 -> thread.setName("chaos in disguise");
      default -> thread.setPriority(Thread.MIN_PRIORITY);
    }
  }

  private static int recurse(int depth) {
    return depth < 0 ? depth : recurse(depth + 1) + 1;
  }

  /// Until there is no stack left, wherever that is.
  private static void recurseThrough(Bus bus) {
    bus.forEachDevice(_ -> recurseThrough(bus));
    bus.forEachDriver(_ -> recurseThrough(bus));
  }

  /// Takes all memory, and lets it go when that is noticed. Not all the time.
  @SuppressWarnings("ModifiedButNotUsed")
  private static void exhaust() {
    Semaphore left = Shared.permits("exhaustions", MOST_EXHAUSTIONS);
    if (left.tryAcquire()) {
      List<byte[]> all = new ArrayList<>();
      while (true) {
        all.add(new byte[MEBIBYTE]);
      }
    }
  }

  private void ownThread(int draw) {
    Runnable body = () -> untilStopped(draw % 2 == 0);
    String name = "chaos-own-" + script.name();
    Thread thread =
        switch (draw / 2) {
          case 0 -> new DeafThread(name, body);
          case 1 -> Thread.ofVirtual().name(name).unstarted(body);
          default -> new Thread(body, name);
        };
    thread.setUncaughtExceptionHandler((_, _) -> in(Callback.UNCAUGHT));
    thread.start();
  }

  /// @param isDeaf whether it goes on although it is interrupted
  private void untilStopped(boolean isDeaf) {
    while (!stop.isSaid()) {
      try {
        Thread.sleep(100);
        in(Callback.TASK);
      } catch (InterruptedException _) {
        if (!isDeaf) {
          return;
        }
      }
    }
  }
}
