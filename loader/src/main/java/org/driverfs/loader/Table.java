package org.driverfs.loader;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Deadline;
import org.driverfs.model.Kobject;
import org.driverfs.model.ModelHost;
import org.driverfs.model.Module;
import org.jspecify.annotations.Nullable;

/// The modules that are loaded, by what they are called here, and who may unload one.
///
/// Guarded by the monitor of this, which is held while nothing else is called: a module that others
/// need cannot be claimed, and one that is claimed cannot be needed by more.
final class Table {
  private final Map<String, Loaded> all = new LinkedHashMap<>();
  private final Set<String> reserved = new HashSet<>();
  private final ModelHost host;

  Table(ModelHost host) {
    this.host = host;
  }

  synchronized List<Loaded> all() {
    return List.copyOf(all.values());
  }

  synchronized Optional<Loaded> find(String label) {
    return Optional.ofNullable(all.get(label));
  }

  /// @throws DriverfsException ENOENT if it is not loaded
  synchronized Loaded require(String label) {
    return find(label)
        .orElseThrow(() ->
            new DriverfsException(
                Errno.ENOENT,
                "module " + label,
                "is not loaded; " + (all.isEmpty() ? "none is" : "these are: " + all.keySet())));
  }

  /// Enters a module, claimed by whoever loads it, and lets its providers be needed by it.
  ///
  /// @param isReserved whether the caller has reserved the label
  /// @param maker makes it of its providers
  /// @throws DriverfsException EEXIST if there is one of that label; ENOENT if a provider is not
  ///   loaded; EBUSY if one is not LIVE
  synchronized Loaded enter(
      String label,
      List<String> depends,
      boolean isReserved,
      Function<List<Loaded>, Loaded> maker) {
    requireFree(label);
    if (!isReserved && reserved.contains(label)) {
      throw isBeingReplaced(label);
    }
    List<Loaded> providers = new ArrayList<>();
    for (String name : depends) {
      providers.add(requireProvider(label, name));
    }
    Loaded entered = maker.apply(providers);
    all.put(label, entered);
    providers.forEach(it -> host.hold(it.module(), entered.module(), true));
    return entered;
  }

  private void requireFree(String label) {
    Loaded there = all.get(label);
    if (there != null) {
      throw new DriverfsException(
          Errno.EEXIST,
          "module " + label,
          "is %s, in version %s".formatted(state(there), there.module().version()));
    }
  }

  /// Keeps a label for somebody who will need it, whether or not a module has it now.
  ///
  /// @throws DriverfsException EEXIST if somebody else has reserved it
  synchronized void reserve(String label) {
    if (!reserved.add(label)) {
      throw isBeingReplaced(label);
    }
  }

  /// The same for a label that no module has.
  ///
  /// @throws DriverfsException EEXIST also if a module has it
  synchronized void reserveFree(String label) {
    requireFree(label);
    reserve(label);
  }

  private static DriverfsException isBeingReplaced(String label) {
    return new DriverfsException(
        Errno.EEXIST, "module " + label, "is being replaced; wait for the end of that");
  }

  synchronized void unreserve(String label) {
    reserved.remove(label);
  }

  private Loaded requireProvider(String label, String name) {
    Loaded provider = all.get(name);
    if (provider == null) {
      throw new DriverfsException(
          Errno.ENOENT,
          "module " + label,
          "needs module " + name + ", which is not loaded; load it, or use modprobe");
    }
    if (provider.claim != null || provider.module().state() != Module.State.LIVE) {
      throw new DriverfsException(
          Errno.EBUSY, "module " + label, "needs module " + name + ", which is " + state(provider));
    }
    return provider;
  }

  private static String state(Loaded loaded) {
    return switch (loaded.module().state()) {
      case LOADING, UNLOADED -> "being loaded";
      case LIVE -> "loaded";
      case GOING -> "going";
    };
  }

  /// Takes a module out.
  synchronized void leave(Loaded loaded) {
    loaded.providers().forEach(it -> host.hold(it.module(), loaded.module(), false));
    all.remove(loaded.label(), loaded);
    notifyAll();
  }

  /// Lets nobody else unload a module, nor need it.
  ///
  /// @param claim what is done with it, in words
  /// @param deadline how long to wait for somebody who has claimed it and may give it back
  /// @return whether it is claimed now; false if somebody has begun to unload it, or it has gone
  /// @throws DriverfsException EBUSY while others need it, or if somebody keeps it claimed
  synchronized boolean claim(Loaded loaded, String claim, Duration deadline)
      throws InterruptedException {
    BooleanSupplier isDecided =
        () ->
            loaded.claim == null || loaded.departure() != null || all.get(loaded.label()) != loaded;
    if (!Deadline.await(this, deadline, isDecided)) {
      throw new DriverfsException(
          Errno.EBUSY, loaded.module().toString(), Objects.requireNonNull(loaded.claim));
    }
    if (loaded.claim != null || all.get(loaded.label()) != loaded) {
      return false;
    }
    requireNoHolders(loaded.module());
    loaded.claim = claim;
    return true;
  }

  private static void requireNoHolders(Module module) {
    if (!module.holders().isEmpty()) {
      throw new DriverfsException(
          Errno.EBUSY,
          module.toString(),
          "is needed by "
              + module.holders().stream()
                  .map(Kobject::toString)
                  .sorted()
                  .collect(Collectors.joining(", "))
              + "; unload that first");
    }
  }

  /// Lets a module be called as another was, which gets another label.
  synchronized void exchange(Loaded to, String left, Loaded from, String label) {
    all.put(from.label(), from);
    all.put(label, to);
    all.remove(left, to);
    notifyAll();
  }

  /// Gives a claim back: it is as before.
  synchronized void unclaim(Loaded loaded) {
    loaded.claim = null;
    notifyAll();
  }

  /// Something of a module is another now.
  synchronized void changed() {
    notifyAll();
  }

  /// Waits until something has changed, or for that time, or less.
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  synchronized void awaitChange(Duration most) throws InterruptedException {
    wait(most.toMillis());
  }

  /// Waits until a module is no longer being loaded.
  ///
  /// @return it, if it is LIVE
  synchronized @Nullable Loaded awaitLive(String label, Duration deadline)
      throws InterruptedException {
    boolean isOver = Deadline.await(this, deadline, () -> isGoneOrLive(all.get(label)));
    Loaded there = all.get(label);
    if (!isOver && there != null) {
      throw new DriverfsException(
          Errno.ETIMEDOUT, there.module().toString(), "is still " + state(there));
    }
    return there;
  }

  private static boolean isGoneOrLive(@Nullable Loaded there) {
    return there == null || there.module().state() == Module.State.LIVE;
  }
}
