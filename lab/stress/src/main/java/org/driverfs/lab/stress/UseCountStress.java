package org.driverfs.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.driverfs.lifetime.Lease;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// A use count, whose code is freed when it was closed: a plain field says so, so that the use
/// count alone orders it.
public final class UseCountStress {
  private static final Duration LONG = Duration.ofDays(1);

  private UseCountStress() {}

  private static void close(UseCount useCount) {
    try {
      while (!useCount.close(LONG)) {
        // as long as it takes
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A caller against one that closes.
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "inside, and the code was there")
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "inside code that was freed")
  @State
  public static class EnterAndClose {
    private final UseCount useCount = new UseCount();
    private int freed;

    /// Is inside, or is refused.
    @Actor
    public void caller(II_Result r) {
      int stripe = useCount.enter();
      if (stripe != UseCount.REFUSED) {
        r.r1 = 1;
        r.r2 = freed;
        useCount.leave(stripe);
      }
    }

    /// Frees the code.
    @Actor
    public void closer() {
      close(useCount);
      freed = 1;
    }
  }

  /// A caller against one that tries: a try that fails has made nobody fail.
  @JCStressTest
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "inside, and the try failed or came later")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "inside, and closed after it had left")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "refused, by a try that succeeded")
  @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "refused, by a try that failed")
  @Outcome(id = "1, 1, 1", expect = FORBIDDEN, desc = "inside code that was freed")
  @State
  public static class EnterAndTry {
    private final UseCount useCount = new UseCount();
    private int freed;

    /// Is inside, or is refused.
    @Actor
    public void caller(III_Result r) {
      int stripe = useCount.enter();
      if (stripe != UseCount.REFUSED) {
        r.r1 = 1;
        r.r2 = freed;
        useCount.leave(stripe);
      }
    }

    /// Frees the code if nobody uses it.
    @Actor
    public void trier(III_Result r) {
      if (useCount.tryClose()) {
        useCount.closed();
        freed = 1;
        r.r3 = 1;
      }
    }
  }

  /// One that stays inside, a caller and one that tries: the try fails, and the caller does not.
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the try failed, and nobody noticed")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "a try that failed has refused somebody")
  @Outcome(id = "., 1", expect = FORBIDDEN, desc = "closed under one who is inside")
  @State
  public static class FailingTry {
    private final UseCount useCount = new UseCount();

    /// With one inside.
    public FailingTry() {
      useCount.enter();
    }

    /// Is inside, or is refused.
    @Actor
    public void caller(II_Result r) {
      int stripe = useCount.enter();
      r.r1 = stripe == UseCount.REFUSED ? 0 : 1;
      if (stripe != UseCount.REFUSED) {
        useCount.leave(stripe);
      }
    }

    /// Cannot succeed.
    @Actor
    public void trier(II_Result r) {
      r.r2 = useCount.tryClose() ? 1 : 0;
    }
  }

  /// One inside who counts himself once more and then leaves the first time, against one that
  /// closes.
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "inside, and the code was there")
  @Outcome(id = "1", expect = FORBIDDEN, desc = "inside code that was freed")
  @State
  public static class NestedAndClose {
    private final UseCount useCount = new UseCount();
    private final int stripe = useCount.enter();
    private int freed;

    /// Is inside all the time.
    @Actor
    public void caller(I_Result r) {
      useCount.enterUnder(stripe);
      useCount.leave(stripe);
      r.r1 = freed;
      useCount.leave(stripe);
    }

    /// Frees the code.
    @Actor
    public void closer() {
      close(useCount);
      freed = 1;
    }
  }

  /// A lease that two close, beside another one: it is given back once.
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "one of the two gave it back")
  @Outcome(expect = FORBIDDEN, desc = "given back twice, or not at all")
  @State
  public static class LeaseClosedTwice {
    private final UseCount useCount = new UseCount();
    private final @Nullable Lease lease = useCount.acquire();

    /// With another user.
    public LeaseClosedTwice() {
      useCount.enter();
    }

    /// Closes it.
    @Actor
    public void first() {
      close();
    }

    /// Closes it too.
    @Actor
    public void second() {
      close();
    }

    private void close() {
      if (lease != null) {
        lease.close();
      }
    }

    /// How many users are left.
    @Arbiter
    public void left(I_Result r) {
      r.r1 = (int) useCount.users();
    }
  }
}
