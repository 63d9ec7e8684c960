package org.driverfs.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Deadline;
import org.driverfs.lifetime.Insistence;
import org.driverfs.lifetime.Refcounted;
import org.driverfs.lifetime.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/// That a driver has a device, from before its probe until after its remove.
///
/// Its references are those who are in, or have open, an attribute of the driver for this device,
/// and the bindings of the devices that this one supplies. When it is retired and the last of them
/// has left, the driver's remove runs, in that thread.
final class Binding extends Refcounted implements Insistence.Step {
  private enum Stage {
    PROBING,
    BOUND,
    /// Bound, but on its way to another driver: whoever wants to pin this waits for the outcome.
    PASSING,
    /// Bound, but no consumer can join: those that have are unbound first.
    LEAVING,
    GOING
  }

  /// Why a binding ends.
  enum Cause {
    /// Somebody asked for it; nobody else gets the device by itself.
    BY_HAND,
    /// Another driver, or the same one later, may have the device.
    FOR_OTHERS
  }

  private static final VarHandle CONSUMERS;

  static {
    try {
      CONSUMERS = MethodHandles.lookup().findVarHandle(Binding.class, "consumers", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// How long somebody who wants to pin this waits for the outcome of a passage.
  private static final Duration PASSAGE = Duration.ofSeconds(10);

  private final Device device;
  private final Driver driver;
  private final Binder binder;
  private final Context context;
  private final @Nullable Candidate chosen;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.PROBING);
  private final AtomicReference<@Nullable Cause> cause = new AtomicReference<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /// How deep the device sleeps with the system; null if it does not.
  private volatile @Nullable SleepLevel asleep;

  /// The bindings of the suppliers, each with a reference of this one's. Guarded by the monitor of
  /// this, as is whether they were let go.
  private final List<Binding> suppliers = new ArrayList<>(0);

  private boolean isOver;

  /// Whether this has ended by a passage: its remove has run. Set before this is retired.
  private volatile boolean isHandedOver;

  private volatile boolean isRemoving;

  /// How many of the references are those of consumers: at least, while one comes or goes.
  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile int consumers;

  /// Who came after it then. Guarded by the monitor of this.
  private @Nullable Binding successor;

  /// Why the device is to be unbound when the passage is over. Guarded likewise.
  private @Nullable Cause wanted;

  /// @param chosen null if the driver was asked for by hand
  /// @param saved what the driver that had the device before has kept of it
  Binding(
      Device device,
      Driver driver,
      @Nullable Candidate chosen,
      Binder binder,
      Map<String, String> saved) {
    this.device = device;
    this.driver = driver;
    this.chosen = chosen;
    this.binder = binder;
    this.context = new Context(device, driver, binder, saved);
  }

  Device device() {
    return device;
  }

  Driver driver() {
    return driver;
  }

  Context context() {
    return context;
  }

  /// What the driver offered when it was chosen; null if it was asked for by hand.
  @Nullable Candidate chosen() {
    return chosen;
  }

  boolean isBound() {
    Stage now = stage.get();
    return now == Stage.BOUND || now == Stage.LEAVING || now == Stage.PASSING;
  }

  /// Begins to go to another driver.
  ///
  /// @return false if this is not simply bound
  boolean beginToPass() {
    return stage.compareAndSet(Stage.BOUND, Stage.PASSING);
  }

  boolean isPassing() {
    return stage.get() == Stage.PASSING;
  }

  /// Whether this is bound and no passage is under way, nor was one: whoever is counted and then
  /// sees this has pinned it.
  boolean isAtRest() {
    Stage now = stage.get();
    return now == Stage.BOUND || now == Stage.LEAVING;
  }

  /// The passage has come to nothing: this is bound as before.
  synchronized void stay() {
    stage.set(Stage.BOUND);
    notifyAll();
  }

  /// The passage has ended: this is over.
  ///
  /// @param next who has the device now; null for nobody
  synchronized void passed(@Nullable Binding next) {
    successor = next;
    isHandedOver = true;
    retire(); // who still has this in hand is refused
    stage.set(Stage.GOING);
    notifyAll();
  }

  /// Who has the device: this, or who came after it.
  ///
  /// @return null if nobody has come after it
  @Nullable Binding latest() {
    @Nullable Binding next;
    synchronized (this) {
      next = hasPassed() ? successor : this;
    }
    return next == null || next == this ? next : next.latest();
  }

  /// Wants whoever has the device after the passage to lose it.
  ///
  /// @return false if there is no passage under way: see [#latest]
  synchronized boolean leaveAfterPassing(Cause why) {
    if (isPassing()) {
      wanted = why;
    }
    return isPassing();
  }

  /// What [#leaveAfterPassing] has wanted, once; whoever ends the passage sees to it afterwards.
  synchronized @Nullable Cause takeWanted() {
    Cause why = wanted;
    wanted = null;
    return why;
  }

  private boolean hasPassed() {
    return stage.get() == Stage.GOING && isHandedOver;
  }

  /// Waits for the outcome of a passage, if there is one, for as long as a client may wait.
  ///
  /// @throws DriverfsException EAGAIN if that takes longer
  void awaitPassage() {
    if (stage.get() != Stage.PASSING) {
      return;
    }
    boolean isOver = false;
    boolean isInterrupted = false;
    try {
      synchronized (this) {
        isOver = Deadline.await(this, PASSAGE, () -> stage.get() != Stage.PASSING);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      isInterrupted = true;
    }
    if (!isOver) {
      throw new DriverfsException(
          isInterrupted ? Errno.EINTR : Errno.EAGAIN,
          device.path(),
          "is on its way to another driver; try again");
    }
  }

  /// Holds what the binding before this has held, instead of that.
  void takeSuppliersOf(Binding before) {
    List<Binding> taken = before.end();
    synchronized (this) {
      suppliers.addAll(taken);
    }
  }

  /// Lets the binding of a supplier take the place of another.
  synchronized void exchange(Binding before, Binding after) {
    if (!isOver && suppliers.contains(before) && after.getForConsumer()) {
      suppliers.remove(before);
      suppliers.add(after);
      before.putForConsumer();
    }
  }

  @Nullable SleepLevel asleep() {
    return asleep;
  }

  void asleep(@Nullable SleepLevel level) {
    asleep = level;
  }

  /// Whether consumers can be bound.
  boolean takesConsumers() {
    return stage.get() == Stage.BOUND;
  }

  /// Why this ends; null as long as it does not, or because its probe failed.
  @Nullable Cause cause() {
    return cause.get();
  }

  /// Called by the thread that changes the device.
  ///
  /// @return false if somebody wants the device to be unbound already
  boolean probed() {
    return stage.compareAndSet(Stage.PROBING, Stage.BOUND);
  }

  /// Lets no consumer join from now on. If the device is still being probed, whoever does that goes
  /// on from there.
  ///
  /// @return false while it goes to another driver: then see [#leaveAfterPassing]
  boolean beginToLeave(Cause why) {
    if (isPassing()) {
      return false;
    }
    cause.compareAndSet(null, why);
    if (!stage.compareAndSet(Stage.PROBING, Stage.GOING)) {
      stage.compareAndSet(Stage.BOUND, Stage.LEAVING);
    }
    return !isPassing();
  }

  /// Begins the end. Called by the thread that changes the device, when no consumer is bound.
  ///
  /// @return whether the caller goes on, by telling the observers and retiring this
  boolean beginToGo() {
    Stage before = stage.getAndSet(Stage.GOING);
    return before == Stage.BOUND || before == Stage.LEAVING;
  }

  /// Keeps the binding of a supplier from being removed before this one is.
  ///
  /// @return false if that is not bound, or is leaving
  boolean hold(Device supplier) {
    if (!join(supplier.binding)) {
      return false;
    }
    if (!device.suppliers().contains(supplier)) {
      letGo(supplier); // the link ended meanwhile
    }
    return true;
  }

  private synchronized boolean join(@Nullable Binding supplier) {
    if (isOver || suppliers.contains(supplier)) {
      return true;
    }
    if (supplier == null || !supplier.takesConsumers() || !supplier.getForConsumer()) {
      return false;
    }
    suppliers.add(supplier);
    return true;
  }

  synchronized boolean holds(Binding supplier) {
    return suppliers.contains(supplier);
  }

  /// Ends one [#hold], unless all have ended.
  void letGo(Device supplier) {
    Binding held = null;
    synchronized (this) {
      for (Binding binding : suppliers) {
        held = binding.device == supplier ? binding : held;
      }
      suppliers.remove(held);
    }
    if (held != null) {
      held.putForConsumer();
    }
  }

  void retireNow() {
    retire();
  }

  @Override
  protected void released() {
    if (!isHandedOver) {
      isRemoving = true;
      Insistence.take(this);
    }
  }

  @Override
  public void take() {
    binder.remove(this);
  }

  /// Whether nobody is in the driver for this device any more, and its remove has been asked for.
  boolean isRemoving() {
    return isRemoving;
  }

  /// Waits for the end, whoever interrupts; not longer than that.
  void awaitTidy(Duration deadline) {
    Uninterruptibly.await(deadline, nanos -> awaitEnd(Duration.ofNanos(nanos)));
  }

  boolean get() {
    return ref();
  }

  void put() {
    unref();
  }

  private boolean getForConsumer() {
    CONSUMERS.getAndAdd(this, 1);
    boolean has = get();
    if (!has) {
      CONSUMERS.getAndAdd(this, -1);
    }
    return has;
  }

  /// Lets a supplier go.
  void putForConsumer() {
    try {
      put();
    } finally {
      CONSUMERS.getAndAdd(this, -1);
    }
  }

  /// Whether nobody is in the driver for this device, nor has anything of it open.
  boolean isLeftToConsumers() {
    return references() <= consumers;
  }

  /// Called once, when the device can be bound again.
  ///
  /// @return the bindings of the suppliers, for the caller to let go
  synchronized List<Binding> end() {
    isOver = true;
    List<Binding> held = List.copyOf(suppliers);
    suppliers.clear();
    return held;
  }

  /// Runs something after the end, in the thread that ends this, or now.
  void whenEnded(Runnable action) {
    var _ = ended.thenRun(action);
  }

  /// Lets those go who wait for the end; nothing is held any more.
  void tellEnded() {
    ended.complete(null);
  }

  /// @return false if it has not ended within the deadline
  boolean awaitEnd(Duration deadline) throws InterruptedException {
    try {
      ended.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError("a binding ends without a result", e);
    }
  }
}
