package org.driverfs.loader;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Insistence;
import org.driverfs.lifetime.UseCount;
import org.driverfs.model.Code;
import org.driverfs.model.Gate;
import org.driverfs.model.Model;
import org.driverfs.model.ModelHost;
import org.driverfs.model.Module;
import org.driverfs.model.Operation;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// The ways to unload a module that somebody may be using: each ends with a receipt, or within its
/// deadline with the names of those who prevent it.
final class Unloading {
  /// A client's close reaches us a moment after it has ended: a try is made again until then.
  private static final Duration DOUBT = Duration.ofMillis(50);

  /// How long a try waits, once it has succeeded, for the removes and the exit.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration VETO_PATIENCE = Duration.ofSeconds(2);
  private static final Duration MOMENT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofDays(1);

  private static final Operation VETO = new Operation(Operation.Kind.VETO);

  private final Departure.Office office;
  private final Model model;
  private final ModelHost host;
  private final Table table;
  private final Waits waits = new Waits();

  Unloading(Departure.Office office, Table table) {
    this.office = office;
    this.model = office.model();
    this.host = model.host();
    this.table = table;
  }

  /// @throws DriverfsException EBUSY if it is in use and stays, or others need it; ETIMEDOUT if it
  ///   goes and somebody is still inside; EDEADLK from inside its own code, or if two wait for each
  ///   other; ENOENT if it has gone
  Receipt unload(Loaded loaded, Way way) throws InterruptedException {
    Module module = loaded.module();
    Module from = caller();
    if (model.gate().isInsideCodeOf(module)) {
      throw new DriverfsException(
          Errno.EDEADLK, module.toString(), "cannot be unloaded from inside its own code");
    }
    waits.begin(from, module);
    try {
      return unloadOutside(loaded, way);
    } finally {
      waits.end(from, module);
    }
  }

  /// The module whose code this thread is in.
  private @Nullable Module caller() {
    return model.gate().inside().stream()
        .filter(call -> call.thread() == Thread.currentThread())
        .map(Gate.Call::code)
        .map(Code::owner)
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }

  private Receipt unloadOutside(Loaded loaded, Way way) throws InterruptedException {
    Module module = loaded.module();
    long end = System.nanoTime() + patience(way).toNanos();
    requireLoaded(module, way);
    Departure begun = loaded.departure();
    if (begun != null && way instanceof Way.Try) {
      throw new DriverfsException(
          Errno.EBUSY, module.toString(), "is going already; " + begun.obstacles());
    }
    askForVeto(loaded, way);
    if (table.claim(loaded, "somebody else tries to unload it", until(end))) {
      try {
        List<String> users = refuse(loaded, way);
        begin(loaded, way.toString(), users);
      } finally {
        if (loaded.departure() == null) {
          table.unclaim(loaded);
        }
      }
    }
    return await(loaded, until(end));
  }

  private static Duration until(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  private static void requireLoaded(Module module, Way way) {
    if (module.state() == Module.State.LOADING && !(way instanceof Way.Revoke)) {
      throw new DriverfsException(
          Errno.EBUSY, module.toString(), "its init still runs; wait for that, or revoke it");
    }
  }

  private void askForVeto(Loaded loaded, Way way) throws InterruptedException {
    DriverModule code = loaded.code();
    Module module = loaded.module();
    if (!(way instanceof Way.Try) || code == null || loaded.departure() != null) {
      return;
    }
    Optional<String> reason = veto(module, code);
    if (reason.isPresent()) {
      throw new DriverfsException(
          Errno.EBUSY, module.toString(), "does not want to go: " + reason.get());
    }
  }

  private Optional<String> veto(Module module, DriverModule code) throws InterruptedException {
    try {
      return host.call(
          module, VETO_PATIENCE, () -> model.gate().call(module, module, VETO, () -> ask(code)));
    } catch (TimeoutException _) {
      throw new DriverfsException(
          Errno.EBUSY,
          module.toString(),
          "does not say whether it may go: " + String.join("; ", model.users(module)));
    }
  }

  /// Whatever an author thinks of: null is no reason.
  private static Optional<String> ask(DriverModule code) {
    Optional<?> reason = code.veto();
    return reason == null ? Optional.empty() : reason.map(String::valueOf);
  }

  /// Refuses new users, as the way says.
  ///
  /// @return who used it at the beginning
  private List<String> refuse(Loaded loaded, Way way) throws InterruptedException {
    Module module = loaded.module();
    List<String> users = model.users(module);
    switch (way) {
      case Way.Try _ -> tryToClose(module);
      case Way.Wait(Duration deadline) -> closeOrReopen(module, deadline);
      case Way.Revoke _ -> revoke(loaded);
    }
    return users;
  }

  private void tryToClose(Module module) {
    UseCount count = host.useCount(module);
    long end = System.nanoTime() + DOUBT.toNanos();
    List<String> users = List.of();
    while (!count.tryClose()) {
      List<String> now = model.users(module);
      users = now.isEmpty() ? users : now;
      if (System.nanoTime() > end) {
        throw inUse(module, "in use", users);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void closeOrReopen(Module module, Duration deadline) throws InterruptedException {
    boolean isClosed = false;
    List<String> users = List.of();
    try {
      isClosed = host.useCount(module).close(deadline);
      users = isClosed ? users : model.users(module);
    } finally {
      if (!isClosed) {
        host.useCount(module).reopen();
      }
    }
    if (!isClosed) {
      String late = "can be used again, because it was still in use after " + seconds(deadline);
      throw inUse(module, late, users);
    }
  }

  private DriverfsException inUse(Module module, String what, List<String> users) {
    String named =
        users.isEmpty()
            ? module.users() + " calls of this JVM that have not ended"
            : String.join("; ", users);
    return new DriverfsException(Errno.EBUSY, module.toString(), what + ": " + named);
  }

  private static String seconds(Duration time) {
    return time.toMillis() / 1e3 + " s";
  }

  private void revoke(Loaded loaded) throws InterruptedException {
    loaded.interruptInit();
    host.useCount(loaded.module()).close(Duration.ZERO);
    model.revoke(loaded.module());
  }

  /// From here on there is no way back.
  private void begin(Loaded loaded, String way, List<String> users) {
    var departure = new Departure(office, loaded, way, users);
    Insistence.Step[] steps = {
      () -> loaded.departure(departure),
      () -> model.stateChanged(loaded.module()),
      table::changed,
      () -> departure.begin(() -> table.leave(loaded))
    };
    Insistence.take(steps);
  }

  /// Unloads a module that the caller has claimed, because another has its place.
  ///
  /// @return what is certain then
  /// @throws DriverfsException ETIMEDOUT if it goes and somebody is still inside
  Receipt replace(Loaded claimed, Duration deadline) throws InterruptedException {
    revokeAndBegin(claimed, "upgrade");
    return await(claimed, deadline);
  }

  /// Lets a module go that the caller has claimed; if that fails, others may try.
  private void revokeAndBegin(Loaded claimed, String way) throws InterruptedException {
    try {
      List<String> users = model.users(claimed.module());
      revoke(claimed);
      begin(claimed, way, users);
    } finally {
      if (claimed.departure() == null) {
        table.unclaim(claimed);
      }
    }
  }

  /// Unloads what could not be loaded; does nothing if somebody does already.
  void abandon(Loaded loaded, String reason) throws InterruptedException {
    if (table.claim(loaded, "is given up", PATIENCE)) {
      revokeAndBegin(loaded, reason);
    }
    Departure departure = loaded.departure();
    if (departure != null) {
      departure.await(PATIENCE);
    }
  }

  /// Lets a module go, whoever uses it, unless somebody unloads it already. Waits for nobody: one
  /// whose init still runs is interrupted, and goes when that ends.
  void letGo(Loaded loaded, String way) {
    boolean wasInterrupted = Thread.interrupted();
    try {
      if (table.claim(loaded, "is given up", Duration.ZERO)) {
        revokeAndBegin(loaded, way);
      }
    } catch (DriverfsException | InterruptedException _) {
      // Somebody else unloads it.
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// What keeps a module from going, in words.
  String obstacles(Loaded loaded) {
    Departure departure = loaded.departure();
    return departure == null
        ? String.join("; ", model.users(loaded.module()))
        : departure.obstacles();
  }

  /// Waits until a module has gone that goes, as long as it takes.
  Receipt awaitGone(Loaded loaded) throws InterruptedException {
    while (true) {
      Receipt receipt = Objects.requireNonNull(loaded.departure()).await(LONG);
      if (receipt != null) {
        return receipt;
      }
    }
  }

  private Receipt await(Loaded loaded, Duration deadline) throws InterruptedException {
    Departure departure = loaded.departure();
    if (departure == null) {
      throw new DriverfsException(
          Errno.ENOENT, loaded.module().toString(), "was unloaded meanwhile");
    }
    Receipt receipt = departure.await(deadline);
    if (receipt == null) {
      throw new DriverfsException(
          Errno.ETIMEDOUT,
          loaded.module().toString(),
          "is going, and its receipt follows; " + departure.obstacles());
    }
    return receipt;
  }

  /// How long whoever asks waits at most. A wait that has ended in time is given a moment for the
  /// removes and the exit.
  private static Duration patience(Way way) {
    return switch (way) {
      case Way.Try _ -> PATIENCE;
      case Way.Wait(Duration deadline) -> deadline.plus(MOMENT);
      case Way.Revoke(Duration deadline) -> deadline;
    };
  }
}
