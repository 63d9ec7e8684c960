package org.driverfs.model;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.driverfs.lifetime.UseCount;
import org.jspecify.annotations.Nullable;

/// Something that callbacks belong to: a driver, or a module itself. They run through the [Gate],
/// which pins the module that their code is in, and are counted here.
public abstract sealed class Code extends Kobject permits Driver, Module {
  private static final int KINDS = Operation.Kind.values().length;

  /// What was counted of each callback that has run or was asked about, by its kind.
  private final AtomicReferenceArray<@Nullable CallCounter> counters =
      new AtomicReferenceArray<>(KINDS);

  private final CountDownLatch released = new CountDownLatch(1);

  /// Of code without an owner, and of a module for all its code.
  private final Lane lane = new Lane(() -> Workqueue.workOff(this));

  Code(String name) {
    super(name);
  }

  /// The module that the code is in; empty for code that is built in. It is what was said when this
  /// was made and is never guessed.
  public abstract Optional<Module> owner();

  /// How often and how long callbacks of one kind have run, since this was made.
  @SuppressWarnings("EnumOrdinal") // an EnumMap for several threads; every call comes here
  public CallCounter counter(Operation.Kind kind) {
    int place = kind.ordinal();
    CallCounter there = counters.getAcquire(place);
    return there != null ? there : newCounter(place);
  }

  private CallCounter newCounter(int place) {
    var mine = new CallCounter();
    CallCounter there = counters.compareAndExchange(place, null, mine);
    return there == null ? mine : there;
  }

  /// See [Gate#pin].
  boolean pin(Kobject object) {
    Module module = module();
    return module == null
        || module.useCount().enterAt(System.identityHashCode(object)) != UseCount.REFUSED;
  }

  /// Ends one successful [#pin].
  void unpin(Kobject object) {
    Module module = module();
    if (module != null) {
      module.useCount().leave(UseCount.stripeOf(System.identityHashCode(object)));
    }
  }

  /// Pins the owner once more, for somebody who knows that it cannot go: the object is pinned, or
  /// bound and not removed yet. Succeeds also while the owner refuses others.
  void pinUnder(Kobject object) {
    Module module = module();
    if (module != null) {
      module.useCount().enterUnder(UseCount.stripeOf(System.identityHashCode(object)));
    }
  }

  /// Pins the owner for a call in this thread, apart from those of other threads.
  ///
  /// @return what [#leave] gets; [UseCount#REFUSED] if the owner is going
  int enter() {
    Module module = module();
    return module == null ? 0 : module.useCount().enter();
  }

  /// Ends one successful [#enter].
  void leave(int stripe) {
    Module module = module();
    if (module != null) {
      module.useCount().leave(stripe);
    }
  }

  /// Runs something while the owner is pinned.
  ///
  /// @return false if the owner is going; then nothing was run
  boolean ifPinned(Runnable action) {
    int stripe = enter();
    if (stripe == UseCount.REFUSED) {
      return false;
    }
    try {
      action.run();
      return true;
    } finally {
      leave(stripe);
    }
  }

  /// Whose [Lane] this code runs in: the owner's, or its own if it has none.
  Code laneOwner() {
    Module module = module();
    return module == null ? this : module;
  }

  Lane lane() {
    return laneOwner().lane;
  }

  /// What the code finds as the context class loader of its thread; null for what stands there.
  @Nullable ClassLoader contextClassLoader() {
    Module module = module();
    return module == null ? null : module.classLoader();
  }

  /// The owner, without making anything for a question that is asked in each call.
  abstract @Nullable Module module();

  /// Waits until this was unregistered and its last callback has ended.
  ///
  /// @return false if that takes longer
  public boolean awaitReleased(Duration deadline) throws InterruptedException {
    return released.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  protected void released() {
    released.countDown();
  }
}
