package org.driverfs.lifetime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// How many users a module has, counted so that counting costs nothing much and unloading can be
/// sure.
///
/// The count is striped over counters that are far apart: entering and leaving never wait, and
/// threads do not contend for one cache line. The protocol, all accesses volatile:
///
/// - enter: increment a stripe, then read the state. LIVE: in. Otherwise undo.
/// - close: write the state, then sum the stripes.
/// - leave: decrement the same stripe, then read the state, and wake the closer if it is not LIVE.
///
/// Either the closer's sum sees an increment or its owner sees the closer's state (both are written
/// before the other is read), so a sum of 0 after the state has left LIVE is final. The decrement
/// goes to the stripe of the increment, and so do nested entries. Otherwise: A is in on stripe 3;
/// the closer reads stripe 0 as 0; A enters again on stripe 0 and leaves stripe 3; the closer reads
/// stripe 3 as 0, and calls a module unused that A is in.
///
/// [#tryClose] passes through DOUBT, in which the sum is taken. Who meets it undoes, waits for the
/// outcome and goes on: a failing try makes nobody fail. Nothing but the sum happens in DOUBT.
public final class UseCount {
  /// What [#enter] returns when it refuses.
  public static final int REFUSED = -1;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(UseCount.class, "state", State.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// Where a use count stands.
  public enum State {
    /// Users come and go.
    LIVE,
    /// A try is counting; users wait for what it finds.
    DOUBT,
    /// No new users; those inside leave.
    CLOSING,
    /// No users, for ever.
    CLOSED
  }

  private final long[] counters;
  private final int place;
  private volatile State state = State.LIVE;
  private volatile @Nullable Thread closer;

  /// Whether somebody waits for the outcome of a try in order to close: others who try would keep
  /// it waiting for ever.
  private volatile boolean isWanted;

  /// Whether the sum was 0 in this CLOSING. Guarded by the monitor of this.
  private boolean unused;

  /// A count that is LIVE and has no users.
  public UseCount() {
    Counters.Place free = Counters.take();
    counters = free.counters;
    place = free.index;
  }

  /// Counts one more user, and returns the stripe to give to [#leave].
  ///
  /// @return [#REFUSED] if this is closing or closed; then nothing was counted
  public int enter() {
    return enterAt((int) Thread.currentThread().threadId());
  }

  /// Counts one more user, on a stripe that the caller can name again when it leaves: for a pair of
  /// calls between which nothing can be kept but the object they are about.
  ///
  /// @param hint any number; the same gives the same stripe
  /// @return the stripe, or [#REFUSED] if this is closing or closed; then nothing was counted
  public int enterAt(int hint) {
    int stripe = stripeOf(hint);
    while (true) {
      enterUnder(stripe);
      State now = state;
      if (now == State.LIVE) {
        return stripe;
      }
      leave(stripe);
      if (now != State.DOUBT) {
        return REFUSED;
      }
      awaitOutcome();
    }
  }

  /// Counts a nested entry of somebody who is inside; it succeeds in every state.
  ///
  /// @param stripe the stripe that the outer entry was given
  public void enterUnder(int stripe) {
    Counters.add(counters, place, stripe, 1);
  }

  /// Ends one entry.
  ///
  /// @param stripe the stripe that the entry was given
  public void leave(int stripe) {
    Counters.add(counters, place, stripe, -1);
    if (state != State.LIVE) {
      LockSupport.unpark(closer);
    }
  }

  /// The stripe that [#enterAt] chooses for a hint.
  public static int stripeOf(int hint) {
    return (hint ^ (hint >>> 16)) & (Counters.STRIPES - 1);
  }

  /// Counts one more user, for try-with-resources.
  ///
  /// @return null if this is closing or closed
  public @Nullable Lease acquire() {
    int stripe = enter();
    return stripe == REFUSED ? null : new Lease(this, stripe);
  }

  /// Refuses new users if there are none now. If there are, nobody notices that this was tried.
  ///
  /// @return whether the state is CLOSING now; false if in use, if it was not LIVE, or if somebody
  ///   is about to close it
  public boolean tryClose() {
    if (isWanted || !STATE.compareAndSet(this, State.LIVE, State.DOUBT)) {
      return false;
    }
    State outcome = State.LIVE;
    try {
      if (users() == 0) {
        outcome = State.CLOSING;
      }
    } finally {
      synchronized (this) {
        unused = outcome == State.CLOSING;
        state = outcome;
        notifyAll();
      }
    }
    return outcome == State.CLOSING;
  }

  /// Refuses new users and waits for those inside.
  ///
  /// @param deadline how long to wait at most
  /// @return whether the last one left in time. If not, the state is still CLOSING: [#reopen], or
  ///   call this again. False at once if the state was neither LIVE nor CLOSING, or if another
  ///   thread waits here
  /// @throws InterruptedException if the thread is interrupted; the state is still CLOSING then
  public boolean close(Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    synchronized (this) {
      if (!becomesClosing()) {
        return false;
      }
      closer = Thread.currentThread();
    }
    try {
      while (!isUnused()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, left);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return true;
    } finally {
      closer = null;
    }
  }

  /// Lets users in again after a [#close] that did not end.
  ///
  /// @return false if the state was not CLOSING, or if somebody waits in [#close]
  public synchronized boolean reopen() {
    if (closer != null || !STATE.compareAndSet(this, State.CLOSING, State.LIVE)) {
      return false;
    }
    unused = false;
    return true;
  }

  /// Ends CLOSING for good, after [#tryClose] or [#close] has answered true. Those who are refused
  /// may be counted for a moment; they do not matter.
  ///
  /// @throws IllegalStateException if the state is not CLOSING, or nobody has seen it unused
  public synchronized void closed() {
    if (!unused || !STATE.compareAndSet(this, State.CLOSING, State.CLOSED)) {
      throw new IllegalStateException("cannot be closed: " + this);
    }
  }

  /// Whether new users are refused and the last has left: there is no way back but [#reopen]. Those
  /// who are refused may be counted for a moment, and do not matter.
  public synchronized boolean isDrained() {
    return state == State.CLOSING && isUnused();
  }

  /// Where this stands now.
  public State state() {
    return state;
  }

  /// How many entries there are: exact when nobody comes or goes, and 0 only then if the state is
  /// CLOSING.
  public long users() {
    return Counters.sum(counters, place);
  }

  @Override
  public String toString() {
    return state() + ", " + users() + " users";
  }

  /// Called with the monitor held, by [#close]. A try that is counting has its outcome first; the
  /// monitor is given up meanwhile, so that there may be a closer then.
  private boolean becomesClosing() {
    isWanted = true;
    try {
      while (closer == null) {
        if (STATE.compareAndSet(this, State.LIVE, State.CLOSING)) {
          return true;
        }
        if (state != State.DOUBT) {
          return state == State.CLOSING;
        }
        awaitOutcome();
      }
      return false;
    } finally {
      isWanted = false;
    }
  }

  private synchronized boolean isUnused() {
    unused |= users() == 0;
    return unused;
  }

  private synchronized void awaitOutcome() {
    Uninterruptibly.pause(() -> {
      while (state == State.DOUBT) {
        wait();
      }
    });
  }
}
