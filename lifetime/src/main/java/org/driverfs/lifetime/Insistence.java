package org.driverfs.lifetime;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.driverfs.errno.Thrown;

/// Takes steps that have to be taken, because others have been: when there is no memory for one, it
/// is tried again until there is, for some time; whatever else it throws is told, and is its end.
/// So a step does nothing twice that must be done once.
public final class Insistence {
  private static final System.Logger LOG = System.getLogger("driverfs.lifetime");
  private static final int MOST = 500;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  /// Made before there may be no memory for it.
  @SuppressWarnings("UnnecessaryLambda")
  private static final Consumer<Throwable> TELL = Insistence::tell;

  static { // what is loaded first where there is no memory may fail for ever
    Thrown.printable(new Throwable());
    pause(1);
  }

  private Insistence() {}

  /// Something that has to be done, and may fail.
  @FunctionalInterface
  public interface Step {
    /// Does it.
    void take() throws Exception;
  }

  /// @param steps made before the first step that cannot be taken back, one after another
  public static void take(Step... steps) {
    for (Step step : steps) {
      take(step, TELL);
    }
  }

  /// For a step that was made before, where there may be no memory for anything now.
  public static void take(Step step) {
    take(step, TELL);
  }

  private static void tell(Throwable thrown) {
    try {
      LOG.log(Level.ERROR, "a step failed; what follows goes on", Thrown.printable(thrown));
    } catch (Throwable _) {
      // no memory for that
    }
  }

  /// @param failed gets what ends the step otherwise than well
  public static void take(Step step, Consumer<Throwable> failed) {
    for (int attempt = 1; ; attempt++) {
      try {
        step.take();
        return;
      } catch (Throwable t) {
        if (!(t instanceof OutOfMemoryError) || attempt == MOST) {
          failed.accept(t);
          return;
        }
        pause(PAUSE);
      }
    }
  }

  /// Also of a thread that is interrupted, and stays so.
  private static void pause(long nanos) {
    boolean isInterrupted = Thread.interrupted();
    LockSupport.parkNanos(nanos);
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
