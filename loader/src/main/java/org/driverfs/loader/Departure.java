package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.Insistence;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.loader.Receipt.Collection;
import org.driverfs.loader.Receipt.Course;
import org.driverfs.loader.Receipt.Findings;
import org.driverfs.loader.Receipt.Memory;
import org.driverfs.loader.Receipt.Subject;
import org.driverfs.model.Model;
import org.driverfs.model.ModelHost;
import org.driverfs.model.Module;
import org.driverfs.model.ModuleRecord;
import org.driverfs.model.Operation;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// The end of one loading of a module, in a thread of its own: there is no way back from its
/// beginning, and whoever asked for it waits only as long as they want.
///
/// Nobody new is in its code when it begins. Then: those inside leave, its drivers lose their
/// devices, it exits, what it has acquired is released, what it has left behind is taken, and
/// nothing here knows its classes any more.
final class Departure {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");
  private static final Operation EXIT = new Operation(Operation.Kind.EXIT);
  private static final Duration LONG = Duration.ofDays(1);
  private static final long PAUSE = 1_000_000;

  /// What the departures of one host share.
  record Office(Model model, Receipts receipts, Collector collector) {}

  private final Office office;
  private final Loaded loaded;
  private final Module module;
  private final ModelHost host;
  private final String way;
  private final List<String> users;
  private final long began = System.nanoTime();
  private final Instant at = Instant.now();
  private final Memory before = Collector.memory();
  private final List<String> released = Collections.synchronizedList(new ArrayList<>());
  private final List<String> failed = Collections.synchronizedList(new ArrayList<>());
  private final List<String> forced = new ArrayList<>();
  private volatile String stage = "waiting for those inside";

  /// All in their order, made before the first: later there may be no memory.
  private final Stage[] stages = {
    new Stage(stage, this::drain),
    new Stage("saving its devices", this::save),
    new Stage("removing its drivers", this::removeDrivers),
    new Stage("in its exit", this::exit),
    new Stage("releasing what it has acquired", this::release),
    new Stage("waiting for what it had registered", this::awaitEmpty),
    new Stage("taking what it has left behind", this::takeLeftovers),
    new Stage("forgetting it", this::forget),
    new Stage("writing its receipt", this::file)
  };

  private Duration drained = Duration.ZERO;
  private boolean isIncomplete;
  private boolean hasExited;

  // What the receipt says of it, from when it is forgotten; then nothing here knows its classes.
  private int generation;
  private @Nullable ModuleClassLoader loader;

  private @Nullable Receipt filed;

  private final Started<Receipt> receipt;

  /// @param way how it was asked for, in a word
  /// @param users who used it when that was asked
  Departure(Office office, Loaded loaded, String way, List<String> users) {
    this.office = office;
    this.loaded = loaded;
    this.module = loaded.module();
    this.host = office.model().host();
    this.way = way;
    this.users = users;
    this.receipt = new Started<>("unloading " + loaded.label(), Duration.ZERO);
  }

  /// Begins it.
  ///
  /// @param then runs when nothing of the module is registered any more, before the receipt is
  ///   given
  void begin(Runnable then) {
    var _ =
        receipt.start(
            work -> host.execute(module, work),
            _ -> {
              try {
                return run();
              } finally {
                then.run();
              }
            });
  }

  /// What keeps it from ending, in words.
  String obstacles() {
    List<String> known = new ArrayList<>(office.model().users(module));
    HostContext context = loaded.context();
    if (context != null) {
      known.addAll(context.remaining());
    }
    if (known.isEmpty()) {
      known.add("in thread driverfs: unloading " + loaded.label());
    }
    return stage + ": " + String.join("; ", known);
  }

  /// @return null if that takes longer
  @Nullable Receipt await(Duration deadline) throws InterruptedException {
    return receipt.await(deadline);
  }

  /// One of the steps to the end. Whatever fails in it is a line on the receipt, and the next
  /// follows; but one for which there is no memory is tried again for a while.
  private final class Stage implements Insistence.Step, Consumer<Throwable> {
    private final String name;
    private final Insistence.Step step;

    Stage(String name, Insistence.Step step) {
      this.name = name;
      this.step = step;
    }

    @Override
    public void take() throws Exception {
      stage = name;
      step.take();
    }

    @Override
    public void accept(Throwable thrown) {
      fail(name, thrown);
    }
  }

  private void fail(String name, Throwable thrown) {
    try {
      Throwable told = Thrown.printable(thrown);
      failed.add(name + ": " + told);
      LOG.log(Level.ERROR, "unloading " + module + ", " + name, told);
    } catch (Throwable _) {
      isIncomplete = true; // no memory even for that
    }
  }

  private Receipt run() {
    for (Stage each : stages) {
      Insistence.take(each, each);
    }
    loader = null;
    if (filed == null) {
      throw new IllegalStateException(loaded.label() + " has gone, without a receipt");
    }
    return filed;
  }

  private void drain() {
    Uninterruptibly.pause(() -> {
      while (!host.useCount(module).close(LONG)) {
        LockSupport.parkNanos(PAUSE); // somebody else waits for the same
      }
    });
    drained = sinceBegan();
  }

  private void save() {
    HostContext context = loaded.context();
    if (context != null && loaded.isReplaced()) {
      failed.addAll(office.model().save(module, context::isOwn));
    }
  }

  private void removeDrivers() {
    HostContext context = loaded.context();
    if (context != null) {
      context.removeDrivers(released::add);
    }
  }

  private void release() {
    HostContext context = loaded.context();
    if (context != null) {
      var end = new CountDownLatch(1);
      context.release(end::countDown);
      Uninterruptibly.pause(end::await);
    }
  }

  private void awaitEmpty() {
    Uninterruptibly.pause(() -> {
      while (!module.awaitEmpty(LONG)) {} // as long as it takes
    });
  }

  /// Under the one entry that the unloading itself holds.
  private void exit() {
    DriverModule code = loaded.code();
    if (code == null) {
      return; // it never came to its init
    }
    try {
      office
          .model()
          .gate()
          .callBound(
              module,
              module,
              EXIT,
              () -> {
                if (!hasExited) { // or this stage is tried again
                  hasExited = true;
                  code.exit();
                }
                return true;
              });
    } catch (DriverfsException e) {
      failed.add("exit: " + e.sentence());
    }
  }

  private void takeLeftovers() {
    generation = module.record().map(ModuleRecord::generation).orElse(0);
    loader = loaded.loader().orElse(null);
    if (loader == null) {
      return;
    }
    var leftovers = new Leftovers(office.model(), module, loader);
    try {
      leftovers.take();
    } finally {
      forced.addAll(leftovers.forced());
      failed.addAll(leftovers.left());
      loader.close();
    }
  }

  /// Nothing here knows its classes any more, whatever fails.
  private void forget() {
    try {
      office.model().unregisterAndRemember(module);
    } finally {
      host.loadedBy(module, null);
      loaded.letGo();
    }
  }

  /// Hears of what is released.
  void released(String name, @Nullable DriverfsException failure) {
    if (failure == null) {
      released.add(name);
    } else {
      failed.add(name + ": " + failure.sentence());
    }
  }

  private Duration sinceBegan() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private void file() {
    Receipt written = filed == null ? write() : filed;
    filed = written;
    office.receipts().add(written);
    if (loader != null) {
      office.collector().watch(loader, written.number(), before);
    }
  }

  private Receipt write() {
    String name = loader == null ? "" : loader.getName();
    var subject = new Subject(loaded.label(), module.version(), generation, name);
    var course = new Course(way, at, drained, sinceBegan(), users);
    List<String> left = new ArrayList<>(failed);
    if (isIncomplete) {
      left.add("something that could not be told, because there was no memory");
    }
    var findings = new Findings(List.copyOf(released), List.copyOf(forced), List.copyOf(left));
    var collection =
        new Collection(
            loader == null ? Collected.NONE : Collected.PENDING,
            Duration.ZERO,
            before,
            Collector.memory());
    return new Receipt(office.receipts().nextNumber(), subject, course, findings, collection);
  }
}
