package org.driverfs.lab.chaos.driver;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Awaited;
import org.driverfs.model.Deferral;

/// What is thrown.
final class Evil {
  private Evil() {}

  /// Throws something that nobody has declared.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T extends Throwable> RuntimeException raise(Throwable thrown) throws T {
    throw (T) thrown;
  }

  static Throwable of(Deed deed, int draw) {
    return switch (deed) {
      case THROW_CHECKED -> new IOException("chaos " + draw);
      case THROW_ERROR -> draw % 2 == 0 ? new AssertionError("chaos") : new LinkageError("chaos");
      case THROW_DRIVERFS -> new DriverfsException(errno(draw), "", "chaos");
      case THROW_INTERRUPTED -> new InterruptedException("chaos");
      case THROW_DEFERRAL -> new Deferral(awaited(draw));
      case THROW_EVIL_MESSAGE -> new Mute(draw % 6);
      case THROW_OWN_CAUSE -> new OwnCause();
      case THROW_EVIL_STACK -> new Rootless();
      default -> new IllegalArgumentException("chaos " + draw);
    };
  }

  private static Errno errno(int draw) {
    return List.copyOf(EnumSet.allOf(Errno.class)).get(draw % Errno.values().length);
  }

  private static Awaited awaited(int draw) {
    return switch (draw % 5) {
      case 0 -> Awaited.device("ground", "p" + draw % 16);
      case 1 -> Awaited.device("nowhere", "nothing");
      case 2 -> Awaited.member("net");
      case 3 -> Awaited.member("net", "chaos" + draw);
      default -> Awaited.value("ground", "p" + draw % 16, "text", Integer.toString(draw % 3));
    };
  }

  /// Its message cannot be had any more after it was asked for a few times.
  private static final class Mute extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final AtomicInteger left;

    Mute(int times) {
      left = new AtomicInteger(times);
    }

    @Override
    public String getMessage() {
      if (left.getAndDecrement() <= 0) {
        throw new IllegalStateException("chaos: no message");
      }
      return "chaos";
    }
  }

  /// Is its own cause.
  private static final class OwnCause extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public synchronized Throwable getCause() {
      return this;
    }
  }

  /// Does not say where it was thrown, nor what it is.
  @SuppressWarnings("OverrideThrowableToString")
  private static final class Rootless extends Error {
    private static final long serialVersionUID = 1;

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new UnsupportedOperationException("chaos: no stack");
    }

    @Override
    public String toString() {
      throw new UnsupportedOperationException("chaos: no text");
    }
  }
}
