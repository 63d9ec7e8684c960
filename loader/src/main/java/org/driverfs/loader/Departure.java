package org.driverfs.loader;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.driverfs.errno.DriverfsException;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.loader.Receipt.Collection;
import org.driverfs.loader.Receipt.Course;
import org.driverfs.loader.Receipt.Findings;
import org.driverfs.loader.Receipt.Memory;
import org.driverfs.loader.Receipt.Subject;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.Operation;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// The end of one loading of a module, in a thread of its own: there is no way back from its
/// beginning, and whoever asked for it waits only as long as he wants.
///
/// Nobody new is in its code when it begins. Then: those inside leave, its drivers lose their
/// devices, it exits, what it has acquired is released, what it has left behind is taken, and
/// nothing here knows its classes any more.
final class Departure {
  private static final System.Logger LOG = System.getLogger("driverfs.loader");
  private static final Operation EXIT = new Operation(Operation.Kind.EXIT);
  private static final Duration LONG = Duration.ofDays(1);

  /// What the departures of one host share.
  record Office(Model model, Receipts receipts, Collector collector) {}

  private final Office office;
  private final Loaded loaded;
  private final Module module;
  private final String way;
  private final List<String> users;
  private final long began = System.nanoTime();
  private final Instant at = Instant.now();
  private final Memory before = Collector.memory();
  private final CompletableFuture<Receipt> receipt = new CompletableFuture<>();
  private final List<String> released = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private volatile String stage = "waiting for those inside";

  /// @param way how it was asked for, in a word
  /// @param users who used it when that was asked
  Departure(Office office, Loaded loaded, String way, List<String> users) {
    this.office = office;
    this.loaded = loaded;
    this.module = loaded.module();
    this.way = way;
    this.users = users;
  }

  /// Begins it.
  ///
  /// @param then runs when nothing of the module is registered any more, before the receipt is
  ///   given
  void begin(Runnable then) {
    Thread.ofVirtual()
        .name("driverfs-unload-" + loaded.label())
        .start(() -> {
          try {
            receipt.complete(run(then));
          } catch (Throwable t) {
            LOG.log(Level.ERROR, "unloading " + module + " failed", t);
            receipt.completeExceptionally(t);
          }
        });
  }

  /// What keeps it from ending, in words.
  String obstacles() {
    List<String> inside = office.model().users(module);
    return stage + (inside.isEmpty() ? "" : ": " + String.join("; ", inside));
  }

  /// @return null if that takes longer
  @Nullable Receipt await(Duration deadline) throws InterruptedException {
    try {
      return receipt.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException("unloading " + module + " failed", e.getCause());
    }
  }

  private Receipt run(Runnable then) throws InterruptedException {
    while (!module.useCount().close(LONG)) {
      // As long as it takes.
    }
    long drained = System.nanoTime() - began;
    HostContext context = loaded.context();
    if (loaded.isReplaced()) {
      stage = "saving its devices";
      failed.addAll(office.model().save(module));
    }
    if (context != null) {
      stage = "removing its drivers";
      context.removeDrivers(released::add);
      stage = "in its exit";
      exit();
      stage = "releasing what it has acquired";
      var end = new CountDownLatch(1);
      context.release(end::countDown);
      end.await();
    }
    stage = "waiting for what it had registered";
    while (!module.awaitEmpty(LONG)) {
      // As long as it takes.
    }
    stage = "taking what it has left behind";
    return settle(then, drained);
  }

  /// Under the one entry that the unloading itself holds.
  private void exit() {
    DriverModule code = loaded.code();
    if (code == null) {
      return; // it never came to its init
    }
    int stripe = 0;
    module.useCount().enterUnder(stripe);
    try {
      office
          .model()
          .gate()
          .callPinned(
              module,
              module,
              EXIT,
              () -> {
                code.exit();
                return true;
              });
    } catch (DriverfsException e) {
      failed.add("exit: " + e.sentence());
    } finally {
      module.useCount().leave(stripe);
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

  private Receipt settle(Runnable then, long drained) {
    @Nullable ModuleClassLoader loader = loaded.loader().orElse(null);
    List<String> forced = new ArrayList<>();
    List<String> left = new ArrayList<>(failed);
    if (loader != null) {
      var leftovers = new Leftovers(loader);
      leftovers.take();
      forced.addAll(leftovers.forced());
      left.addAll(leftovers.left());
      loader.close();
    }
    int generation = module.record().orElseThrow().generation();
    office.model().unregisterAndRemember(module);
    loaded.providers().forEach(it -> it.module().holders().remove(module));
    loaded.letGo();
    var subject =
        new Subject(
            loaded.label(), module.version(), generation, loader == null ? "" : loader.getName());
    var course = new Course(way, at, Duration.ofNanos(drained), sinceBegan(), users);
    return file(then, subject, course, new Findings(released, forced, left), loader);
  }

  private Duration sinceBegan() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private Receipt file(
      Runnable then,
      Subject subject,
      Course course,
      Findings findings,
      @Nullable ModuleClassLoader loader) {
    var collection =
        new Collection(
            loader == null ? Collected.NONE : Collected.PENDING,
            Duration.ZERO,
            before,
            Collector.memory());
    var filed = new Receipt(office.receipts().nextNumber(), subject, course, findings, collection);
    office.receipts().add(filed);
    if (loader != null) {
      office.collector().watch(loader, filed.number(), before);
    }
    then.run();
    return filed;
  }
}
