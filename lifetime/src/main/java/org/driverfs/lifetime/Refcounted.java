package org.driverfs.lifetime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Something that lives until it is retired and the last of its users has left: one `int`.
///
/// [#ref] and [#unref] are get and put of the kernel's kref: a subclass says who may call them,
/// since whoever may give a reference back may give back one that is another's. [#retire] refuses
/// users from then on; then [#released] runs exactly once, in whichever call was the last: an
/// `unref`, or `retire` itself when nobody was there.
///
/// Safe for any number of threads. The word holds the count and, in its top bit, RETIRED, so that
/// "retired and unused" is one value that one atomic operation reaches once. Kept apart, the two
/// would allow: A puts and sees 0, B retires and sees 0, A sees retired, and both release.
public abstract class Refcounted {
  private static final int RETIRED = 1 << 31;
  private static final VarHandle REFS;

  static {
    try {
      REFS = MethodHandles.lookup().findVarHandle(Refcounted.class, "refs", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int refs;

  /// For subclasses; the count starts at 0 and nobody is refused.
  protected Refcounted() {}

  /// Counts one more user.
  ///
  /// @return false if this was retired; then nothing was counted
  protected final boolean ref() {
    while (true) {
      int now = refs;
      if (now < 0) {
        return false;
      }
      if (REFS.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  /// Ends one successful [#ref].
  ///
  /// @throws IllegalStateException if there is none that has not ended
  protected final void unref() {
    int now;
    do {
      now = refs;
      if ((now & ~RETIRED) == 0) {
        throw new IllegalStateException("unref without ref: " + this);
      }
    } while (!REFS.compareAndSet(this, now, now - 1));
    if (now - 1 == RETIRED) {
      released();
    }
  }

  /// Refuses users from now on.
  ///
  /// @return false if it was retired before
  protected final boolean retire() {
    int before = (int) REFS.getAndBitwiseOr(this, RETIRED);
    if (before == 0) {
      released();
    }
    return before >= 0;
  }

  /// Whether [#retire] was called.
  public final boolean isRetired() {
    return refs < 0;
  }

  /// How many users there are now; for display and tests.
  public final int references() {
    return refs & ~RETIRED;
  }

  /// Runs once, when this is retired and the last user has left, in the thread that was last.
  protected abstract void released();
}
